// Gives what a reader can't see or read, as lines of text. width is the
// window's, dark what the reader prefers, smallest how small text may be in pixels.
(width, dark, smallest) => {
  const wrong = [];
  const clear = colour => /^rgba\(.*, 0\)$/.test(colour);
  const call = (e, text) => `<${e.tagName.toLowerCase()} class="${e.className}"> “${(text ?? e.textContent).trim().slice(0, 60)}”`;
  const night = matchMedia("(prefers-color-scheme: dark)").matches;

  // Lists that are closed, fields that open with a choice, the one for programs, and the
  // head of a table whose cells say themselves what they are where it is narrow.
  const folded = (width <= 760 && matchMedia("screen").matches ? ".editions thead *, " : "") + "option, .trap, .days:not(:has([value=own]:checked) *), .until:not(:has([value=until]:checked) + *)";

  // What an element has of those around it: whether they leave it out, hide it or cut it off, and
  // the colour behind it.
  const known = new Map([[null, {
    left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity,
    behind: dark && night ? "canvas" : "rgb(255, 255, 255)",
  }]]);
  const around = e => {
    if (known.has(e)) return known.get(e);
    const s = getComputedStyle(e), k = { ...around(e.parentElement) };
    k.out ||= e.matches("script, style, svg") || e.matches(folded);
    k.gone ||= s.display === "none";
    k.transparent ||= s.opacity < 0.1;
    k.cut ||= s.clipPath !== "none" || s.clip !== "auto";
    if (e !== document.body && (s.overflowX !== "visible" || s.overflowY !== "visible")) {
      const r = e.getBoundingClientRect();
      if (s.overflowX !== "visible") [k.left, k.right] = [Math.max(k.left, r.left), Math.min(k.right, r.right)];
      if (s.overflowY !== "visible") [k.top, k.bottom] = [Math.max(k.top, r.top), Math.min(k.bottom, r.bottom)];
    }
    if (!clear(s.backgroundColor)) k.behind = s.backgroundColor;
    known.set(e, k);
    return k;
  };
  const seen = (k, box) => !k.cut && Math.min(k.right, box.right) - Math.max(k.left, box.left) > 1 &&
    Math.min(k.bottom, box.bottom) - Math.max(k.top, box.top) > 1;

  if (night !== dark) wrong.push("the browser prefers the other colours");
  if (innerWidth !== width) wrong.push(`the window is ${innerWidth} wide`);
  const root = document.documentElement;
  if (root.scrollWidth > width) {
    const beyond = e => { const r = e.getBoundingClientRect(); return Math.max(r.right - width, -r.left); };
    const widest = [...document.body.querySelectorAll("*")].reduce((a, b) => beyond(b) >= beyond(a) ? b : a, document.body);
    wrong.push(`the page is ${root.scrollWidth} wide, ${Math.ceil(beyond(widest))} more than there is: ${call(widest)}`);
  }

  let texts = 0;
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (all.nextNode()) {
    const text = all.currentNode, e = text.parentElement;
    if (!text.data.trim() || around(e).out) continue;
    texts++;
    const k = around(e), s = getComputedStyle(e), range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()];
    const why =
      !boxes.length || k.gone ? "is not displayed" :
      s.visibility !== "visible" ? `has visibility ${s.visibility}` :
      k.transparent ? "is transparent" :
      !boxes.some(b => seen(k, b)) ? "is cut off" :
      boxes.some(b => b.left < -1 || b.right > width + 1) ? "runs out of the window" :
      parseFloat(s.fontSize) < smallest ? `is ${s.fontSize} small` :
      [s.color, s.webkitTextFillColor].some(c => clear(c) || c === k.behind) ? `is ${s.color} on ${k.behind}` : "";
    if (why) wrong.push(`${call(e, text.data)} ${why}`);
  }
  if (!texts) wrong.push("the page has no text");
  return wrong;
}
