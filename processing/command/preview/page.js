// Shows the form with ODK Web Forms; on "Send", shows the submission instead of sending it.
import { createApp, h } from "vue";
import { OdkWebForm, webFormsPlugin } from "/vendor/index.js";
import "/vendor/numbers.js";
import { translating } from "/vendor/words.js";

const formXml = await (await fetch("/form.xml")).text();

// `jr://file-csv/schools.csv` is served as `/media/schools.csv`.
const fetchFormAttachment = (url) => {
  const name = String(url).split("/").pop();
  return fetch(`/media/${encodeURIComponent(decodeURIComponent(name))}`);
};

const indented = (xml) => {
  let depth = 0;
  return xml.replace(/></g, ">\n<").split("\n").map((line) => {
    if (/^<\//.test(line)) depth -= 1;
    const shown = "  ".repeat(depth) + line;
    if (/^<[^/!?][^>]*[^/]>$/.test(line) && !/<\//.test(line)) depth += 1;
    return shown;
  }).join("\n");
};

const showSent = async (payload) => {
  const file = (payload.data instanceof FormData ? payload.data : payload.data[0])
    .get("xml_submission_file");
  const section = document.getElementById("sent");
  section.querySelector("pre").textContent = indented(await file.text());
  section.hidden = false;
  section.scrollIntoView();
};

const words = JSON.parse(document.getElementById("words").textContent);
const speak = translating(document.getElementById("form"));
speak(words[document.documentElement.lang]);

// Its menu of languages names the one that is shown, as "English (en)".
const followLanguage = () => {
  const name = document.querySelector("#form .language-changer .p-select-label")?.textContent ?? "";
  const code = /\(([a-z]+)\)/.exec(name)?.[1];
  if (!code) return;
  const html = document.documentElement;
  if (code !== html.lang) speak(words[code]);
  html.lang = code;
  html.dir = html.dataset.rightToLeft.split(" ").includes(code) ? "rtl" : "ltr";
};

const page = {
  render: () => h(OdkWebForm, {
    formXml, fetchFormAttachment, missingResourceBehavior: "BLANK", onSubmit: showSent,
  }),
};
createApp(page).use(webFormsPlugin).mount("#form");
new MutationObserver(followLanguage).observe(
  document.getElementById("form"), { subtree: true, childList: true, characterData: true },
);
