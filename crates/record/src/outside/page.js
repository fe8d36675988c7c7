"use strict";
// What all pages share. Whatever comes from outside is put into a page as text.
const byId = (id) => document.getElementById(id);

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === false || value === undefined || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    // The policy permits no styles in attributes.
    else if (key === "width") made.style.width = value;
    else if (key === "height") made.style.height = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(3)) if (child !== null && child !== undefined) made.append(child);
  return made;
}

// Python as spans: comments, texts, words of the language, numbers.
const PYTHON = /(#[^\n]*)|((?:\b[rbufRBUF]{1,2})?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|\b(False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b|\b(\d[\w.]*)/g;
const CLASSES = ["py-comment", "py-text", "py-word", "py-number"];
function python(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(PYTHON)) {
    if (found.index > end) parts.push(["", text.slice(end, found.index)]);
    parts.push([CLASSES[found.slice(1).findIndex((group) => group !== undefined)], found[0]]);
    end = found.index + found[0].length;
  }
  if (end < text.length) parts.push(["", text.slice(end)]);
  return parts;
}
const span = ([name, text]) => name ? element("span", { class: name }, text) : text;
// A text with a button that copies it.
function copied(text, shown) {
  const button = element("button", { type: "button", class: "copy", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Pages from a file may not write to the clipboard: select it instead.
      getSelection().selectAllChildren(button.nextElementSibling);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  return element("div", { class: "copied" }, button, element("pre", { tabindex: "0" }, shown ?? text));
}
