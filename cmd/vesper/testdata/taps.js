// Gives the links of an email that are less than 32 pixels high or 8 from another, as lines of
// text; numbers that hang out of the column; and the name of an edition in its masthead, if it
// is broken. The links of headlines are
// as high as their lines.
(() => {
  const wrong = [];
  const call = a => `“${a.textContent.trim().slice(0, 40)}”`;
  const links = [...document.querySelectorAll("a[href]")].filter(a => !a.closest("h1, h2, h3, .w"));
  const boxes = links.map(a => a.closest(".b") ? a.closest(".b").getBoundingClientRect() : a.getBoundingClientRect());
  boxes.forEach((box, i) => {
    if (box.height < 31.9) wrong.push(`${call(links[i])} is ${Math.round(box.height)} px high`);
    boxes.slice(0, i).forEach((other, j) => {
      const across = Math.max(box.left - other.right, other.left - box.right);
      const down = Math.max(box.top - other.bottom, other.top - box.bottom);
      if (across < 7.9 && down < 7.9)
        wrong.push(`${call(links[i])} is ${Math.round(Math.max(across, down))} px from ${call(links[j])}`);
    });
  });
  for (const list of document.querySelectorAll("ol[start]")) {
    const number = list.firstElementChild.appendChild(document.createElement("span"));
    number.textContent = `${list.start + list.querySelectorAll("li").length - 1}.`;
    const s = getComputedStyle(list), room = Math.max(parseFloat(s.paddingLeft), parseFloat(s.paddingRight));
    if (number.getBoundingClientRect().width > room) wrong.push(`the number ${number.textContent} hangs out of the column`);
    number.remove();
  }
  for (const name of document.querySelectorAll("td.o > b"))
    if (new Set([...name.getClientRects()].map(r => r.top)).size > 1 || name.getBoundingClientRect().height > 26)
      wrong.push(`${call(name)} is broken`);
  return wrong;
})()
