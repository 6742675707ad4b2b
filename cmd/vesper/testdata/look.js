// Gives what a reader can't see or read, as lines of text. width is the
// window's, dark what the reader prefers, smallest how small text may be in pixels.
(width, dark, smallest) => {
  const wrong = [];
  const clear = colour => /^rgba\(.*, 0\)$/.test(colour);
  const call = (e, text) => `<${e.tagName.toLowerCase()} class="${e.className}"> “${(text ?? e.textContent).trim().slice(0, 60)}”`;
  const up = function* (e) { for (; e; e = e.parentElement) yield e; };
  const behind = e => {
    for (const a of up(e)) {
      const colour = getComputedStyle(a).backgroundColor;
      if (!clear(colour)) return colour;
    }
    return dark && matchMedia("(prefers-color-scheme: dark)").matches ? "canvas" : "rgb(255, 255, 255)";
  };

  // What of a piece of text is left of the window and of what cuts it off.
  const seen = (e, box) => {
    let { left, right, top, bottom } = box;
    for (const a of up(e)) {
      const s = getComputedStyle(a), r = a.getBoundingClientRect();
      if (s.clipPath !== "none" || s.clip !== "auto") return false;
      if (s.overflowX !== "visible" && a !== document.body) [left, right] = [Math.max(left, r.left), Math.min(right, r.right)];
      if (s.overflowY !== "visible" && a !== document.body) [top, bottom] = [Math.max(top, r.top), Math.min(bottom, r.bottom)];
    }
    return right - left > 1 && bottom - top > 1;
  };

  if (matchMedia("(prefers-color-scheme: dark)").matches !== dark) wrong.push("the browser prefers the other colours");
  if (innerWidth !== width) wrong.push(`the window is ${innerWidth} wide`);
  const root = document.documentElement;
  if (root.scrollWidth > width) {
    const beyond = e => { const r = e.getBoundingClientRect(); return Math.max(r.right - width, -r.left); };
    const widest = [...document.body.querySelectorAll("*")].reduce((a, b) => beyond(b) >= beyond(a) ? b : a, document.body);
    wrong.push(`the page is ${root.scrollWidth} wide, ${Math.ceil(beyond(widest))} more than there is: ${call(widest)}`);
  }

  // Lists that are closed, fields that open with a choice, the one for programs, and the
  // head of a table whose cells say themselves what they are where it is narrow.
  const folded = (width <= 760 && matchMedia("screen").matches ? ".editions thead *, " : "") + "option, .trap, .days:not(:has([value=own]:checked) *), .until:not(:has([value=until]:checked) + *)";
  let texts = 0;
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (all.nextNode()) {
    const text = all.currentNode, e = text.parentElement;
    if (!text.data.trim() || e.closest("script, style, svg") || e.closest(folded)) continue;
    texts++;
    const s = getComputedStyle(e), range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()];
    const why =
      !boxes.length || [...up(e)].some(a => getComputedStyle(a).display === "none") ? "is not displayed" :
      s.visibility !== "visible" ? `has visibility ${s.visibility}` :
      [...up(e)].some(a => getComputedStyle(a).opacity < 0.1) ? "is transparent" :
      !boxes.some(b => seen(e, b)) ? "is cut off" :
      boxes.some(b => b.left < -1 || b.right > width + 1) ? "runs out of the window" :
      parseFloat(s.fontSize) < smallest ? `is ${s.fontSize} small` :
      [s.color, s.webkitTextFillColor].some(c => clear(c) || c === behind(e)) ? `is ${s.color} on ${behind(e)}` : "";
    if (why) wrong.push(`${call(e, text.data)} ${why}`);
  }
  if (!texts) wrong.push("the page has no text");
  return wrong;
}
