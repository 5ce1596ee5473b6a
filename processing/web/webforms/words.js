// Puts what ODK Web Forms says in English alone into the reader's language, as it appears.
const ERRORS = /^(\d+) questions? with errors?\.$/;

// Gives back a function that takes the words of a language: {engine: {English: text}, errors:
// text with {count}}. Called again, it puts all that is shown into the next language.
export const translating = (place) => {
  let engine = new Map();
  let errorsText = "";
  const originals = new WeakMap();

  const translated = (text) => {
    const said = text.trim();
    const errors = ERRORS.exec(said);
    const known = errors ? errorsText.replace("{count}", errors[1]) : engine.get(said);
    return known ? text.replace(said, known) : text;
  };
  const put = (node, text, write) => {
    const before = originals.get(node);
    const english = before?.shown === text ? before.english : text;
    const shown = translated(english);
    originals.set(node, { english, shown });
    if (shown !== text) write(shown);
  };
  const translateText = (node) => put(node, node.data, (text) => { node.data = text; });
  const translateName = (element) => put(
    element, element.getAttribute("aria-label"), (text) => element.setAttribute("aria-label", text),
  );
  const translateIn = (node) => {
    if (node.nodeType === Node.TEXT_NODE) translateText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.hasAttribute("aria-label")) translateName(node);
    node.querySelectorAll("[aria-label]").forEach(translateName);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) translateText(walker.currentNode);
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") translateText(change.target);
      change.addedNodes.forEach(translateIn);
    }
  }).observe(place, { childList: true, subtree: true, characterData: true });

  return (words) => {
    engine = new Map(Object.entries(words?.engine ?? {}));
    errorsText = words?.errors ?? "";
    translateIn(place);
  };
};
