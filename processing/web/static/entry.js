// Opens a school's form with ODK Web Forms, and hands what was filled to this application.
import { createApp, h } from "vue";
import "webforms-numbers";
import { translating } from "webforms-words";

const PHOTO_LONGEST_PX = 1600;
const PHOTO_QUALITY = 0.75;
const PHOTO_LEFT_AS_IT_IS_BYTES = 300_000;

const place = document.getElementById("form");
const source = document.getElementById("source");
const fault = document.getElementById("fault");
const words = JSON.parse(document.getElementById("words").textContent);
let isSending = false;
let isChanged = false;

const tell = (text) => {
  fault.textContent = text;
  fault.hidden = !text;
  if (text) fault.scrollIntoView({ block: "center" });
};

translating(place)(words);

// A photo of a telephone has megabytes; what is written on a sheet needs a tenth of it.
const smaller = async (file) => {
  if (file.size <= PHOTO_LEFT_AS_IT_IS_BYTES) return file;
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return file;
  const scale = Math.min(1, PHOTO_LONGEST_PX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => {
    canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", PHOTO_QUALITY);
  });
};

// Whoever was signed out meanwhile, or signed in again, needs the token of the new session.
const freshToken = async () => {
  // Not from this page: it would answer otherwise once a first press of Send has been taken.
  const page = await fetch(place.dataset.token);
  if (page.redirected) throw new Error(words.signed_out);
  const read = new DOMParser().parseFromString(await page.text(), "text/html");
  return read.querySelector("[name=csrf_token]")?.value ?? "";
};

const bodyOf = async (payload) => {
  const body = new FormData(source);
  body.delete("sheets");
  for (const photo of source.elements.sheets.files) {
    body.append("sheets", await smaller(photo), photo.name);
  }
  const filled = payload.data instanceof FormData ? payload.data : payload.data[0];
  for (const [name, file] of filled.entries()) body.append(name, file, file.name ?? name);
  body.set("csrf_token", await freshToken());
  return body;
};

const faultOf = async (answer) => {
  if (answer.status === 413) return words.too_large;
  const said = await answer.json().catch(() => null);
  return said?.fault ?? words.refused;
};

const post = async (payload) => {
  const body = await bodyOf(payload);
  const answer = await fetch(location.href, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect") throw new Error(words.signed_out);
  if (!answer.ok) throw new Error(await faultOf(answer));
  return (await answer.json()).next;
};

const send = async (payload) => {
  if (isSending || !source.reportValidity()) return;
  isSending = true;
  tell("");
  place.setAttribute("aria-busy", "true");
  try {
    const next = await post(payload);
    isChanged = false;
    location.assign(next);
  } catch (error) {
    tell(error instanceof TypeError ? words.unreachable : error.message);
  } finally {
    isSending = false;
    place.setAttribute("aria-busy", "false");
  }
};

// Of a sheet there is a photo; who tells by telephone has none to show.
source.elements.source.addEventListener("change", (event) => {
  const { sheets } = source.elements;
  sheets.required = event.target.value === sheets.dataset.requiredFrom;
});

for (const form of [place, source]) {
  form.addEventListener("input", () => { isChanged = true; });
}
window.addEventListener("beforeunload", (event) => {
  if (isChanged) event.preventDefault();
});
source.addEventListener("submit", (event) => event.preventDefault());

// The answers of an entry that Central did not take, and the files that they name.
const givenAnswers = () => {
  const { answers, files } = place.dataset;
  if (!answers) return null;
  const address = new URL(answers, location.href);
  return {
    resolveInstance: () => fetch(address),
    attachmentFileNames: JSON.parse(files),
    resolveAttachment: (name) => fetch(new URL(`answers/${encodeURIComponent(name)}`, address)),
  };
};

const open = async () => {
  const { OdkWebForm, webFormsPlugin } = await import(place.dataset.engine);
  const formUrl = new URL(place.dataset.form, location.href);
  const answer = await fetch(formUrl);
  if (!answer.ok || answer.redirected) throw new Error(words.not_opened);
  const formXml = await answer.text();
  // Beside the form, `jr://file-csv/schools.csv` is served as `lists/schools.csv`, and
  // `jr://images/tap.png` as `media/tap.png`.
  const fetchFormAttachment = (url) => {
    const name = decodeURIComponent(String(url).split("/").pop());
    const folder = name.endsWith(".csv") ? "lists" : "media";
    return fetch(new URL(`${folder}/${encodeURIComponent(name)}`, formUrl));
  };
  const form = {
    render: () => h(OdkWebForm, {
      formXml,
      fetchFormAttachment,
      missingResourceBehavior: "BLANK",
      preloadProperties: { deviceID: place.dataset.device },
      editInstance: givenAnswers(),
      onSubmit: send,
    }),
  };
  place.replaceChildren();
  createApp(form).use(webFormsPlugin).mount(place);
  place.setAttribute("aria-busy", "false");
};

open().catch(() => tell(words.not_opened));
