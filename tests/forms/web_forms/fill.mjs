// Fills forms with the engine of ODK Web Forms: one request a line in, one answer a line out.
//
// In:  {"form": path of the XForm, "media": folder of its lists, "language": its name or null,
//       "username": of the client or null, "answers": {"grades[2]/girls/age_0": 9, ...},
//       "corrected": answers that are given again, once all of those stand,
//       "sent": a submission's XML that is opened again in place of a new one, or null}
// Out: {"xml": what would be sent}, or {"refused": kind, "path": ..., "message": ...} where kind is
//      not-offered, not-asked, required or constraint.
//
// Answers go in as the form asks for them, from first to last, as tests/forms/engine.py does.

import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

// The engine expects a browser's classes. Its parser of expressions, which is inside it, takes Node
// for CommonJS and asks for the folder of the script.
const { window } = new JSDOM("", { url: "http://localhost/" });
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) globalThis[name] = window[name];
}
globalThis.__dirname = ".";
const { loadForm } = await import("@getodk/xforms-engine");

const DEVICE = "a browser of these tests";
const SENT_FILE = "xml_submission_file";
const forms = new Map();

class Refused extends Error {
  constructor(refused, path, message = null) {
    super(path);
    this.answer = { refused, path, message };
  }
}

const open = async ({ form, media }) => {
  const key = `${form} ${media}`;
  if (!forms.has(key)) forms.set(key, await load(form, media));
  return forms.get(key);
};

const load = async (form, media) => {
  const fetchFormAttachment = async (url) => new Response(
    await readFile(join(media, basename(decodeURIComponent(String(url))))),
    { headers: { "Content-Type": "text/csv" } },
  );
  const result = await loadForm(await readFile(form, "utf8"), { fetchFormAttachment });
  if (result.status === "failure") throw result.error;
  return result;
};

const fill = async (request) => {
  const client = {
    preloadProperties: { deviceID: DEVICE, username: request.username ?? undefined },
    instanceAttachments: { fileNameFactory: ({ basename, extension }) => basename + extension },
  };
  const form = await open(request);
  const { root } = await (request.sent ? reopen(form, request.sent, client) : form.createInstance(client));
  if (request.language) root.setLanguage(languageOf(root, request.language));
  for (const answers of [request.answers, request.corrected ?? {}]) answerAll(root, answers);
  return { xml: await finalize(root) };
};

const reopen = (form, sent, client) => {
  const files = new FormData();
  files.set(SENT_FILE, new File([sent], SENT_FILE, { type: "text/xml" }));
  return form.editInstance({ inputType: "FORM_INSTANCE_INPUT_RESOLVED", data: [files] }, client);
};

const answerAll = (root, answers) => {
  const given = new Map(Object.entries(answers));
  for (const [path, node] of questions(root, "")) {
    if (!given.has(path)) continue;
    answer(path, node, given.get(path));
    given.delete(path);
  }
  if (given.size) throw new Refused("not-asked", [...given.keys()].join(", "));
};

const languageOf = (root, name) => {
  const found = root.languages.find(({ language }) => language === name);
  if (!found) throw new Error(`no language ${name}`);
  return found;
};

// Each question that is asked now, with its path. What is answered on the way decides what follows.
function* questions(parent, prefix) {
  for (let at = 0; at < parent.currentState.children.length; at += 1) {
    const node = parent.currentState.children[at];
    if (!node.currentState.relevant) continue;
    const name = node.currentState.reference.split("/").pop();
    if (node.nodeType.startsWith("repeat-range")) yield* rows(node, `${prefix}${name}`);
    else if (node.currentState.children) yield* questions(node, `${prefix}${name}/`);
    else yield [`${prefix}${name}`, node];
  }
}

function* rows(range, path) {
  for (let at = 0; at < range.currentState.children.length; at += 1) {
    yield* questions(range.currentState.children[at], `${path}${at ? `[${at + 1}]` : ""}/`);
  }
}

const answer = (path, node, value) => {
  if (node.currentState.readonly || !(node.nodeType in SETTERS)) throw new Refused("not-asked", path);
  SETTERS[node.nodeType](node, value, path);
};

const SETTERS = {
  input: (node, value) => node.setValue([value ?? ""].flat().join(" ")),
  trigger: (node, value) => node.setValue(value === "OK"),
  upload: (node, value) => node.setValue(new File(["a picture"], value, { type: "image/png" })),
  select: (node, value, path) => {
    const values = [value].flat().map(String);
    const missing = values.filter((one) => !node.getValueOption(one));
    if (missing.length) throw new Refused("not-offered", path, missing.join(", "));
    node.selectValues(values);
  },
};

const finalize = async (root) => {
  const payload = await root.prepareInstancePayload();
  if (payload.violations?.length) {
    const [{ reference, violation }] = payload.violations;
    throw new Refused(violation.condition, reference, violation.message?.asString ?? null);
  }
  return await payload.data[0].get(SENT_FILE).text();
};

const respond = async (line) => {
  try {
    return await fill(JSON.parse(line));
  } catch (error) {
    return error.answer ?? { failed: String(error.stack ?? error) };
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await respond(line))}\n`);
}
