// Lets ODK Web Forms take a number as it is written, whatever the language of the browser.
//
// | browser      | written | without this |
// |--------------|---------|--------------|
// | ar-IQ        | 412     | 42: it shows ٤١, and does not know what it shows |
// | de           | 1.5     | 15: its decimal sign is a comma |
// | any          | ٤١٢     | nothing |
// | any          | 7,5 or 7،5 | 75: it passes over the comma |
// | any, on glass | 412    | nothing: it hears keys, and such a keyboard presses none |
// | any, composed | ٤١٢  | nothing: the keyboard itself writes into the box |
//
// A comma that is typed is the decimal sign. One that is pasted may part the thousands: 1,234 is
// 1234 there. A box for whole numbers takes no decimal sign, and passes over a comma as before.
const NUMBERS_LANGUAGE = "en-US";
const OTHER_SIGNS = /[٠-٩۰-۹٫,،]/g;
const OTHER_DIGITS = /[٠-٩۰-۹٫]/;
const COMMAS = /[,،]/g;
const DECIMAL_COMMA = /^\s*-?\p{Nd}+[,،](?!\p{Nd}{3}\s*$)\p{Nd}+\s*$/u;

// The digits ٠ to ٩ (U+0660) and ۰ to ۹ (U+06F0) end in their own value.
const latin = (text) => text.replace(
  OTHER_SIGNS, (sign) => ("٫,،".includes(sign) ? "." : String(sign.codePointAt(0) & 0xF)),
);

const withoutThousands = (text) => (DECIMAL_COMMA.test(text) ? text : text.replace(COMMAS, ""));

// It names no language where it writes and reads numbers.
Intl.NumberFormat = new Proxy(Intl.NumberFormat, {
  construct: (made, [language, options], target) => (
    Reflect.construct(made, [language ?? NUMBERS_LANGUAGE, options], target)
  ),
});

const isNumberBox = (element) => element.matches?.(".p-inputnumber-input");

const press = (box, text) => {
  for (const key of latin(text)) {
    box.dispatchEvent(new KeyboardEvent("keypress", { key, bubbles: true, cancelable: true }));
  }
};

const write = (event, text) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  press(event.target, text);
};

// For a box in which a keyboard composes: what stood there before.
const composing = new WeakMap();

const sharedLength = (one, other) => {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one[length] === other[length]) length += 1;
  return length;
};

const backwards = (text) => [...text].reverse().join("");

// Puts back what stood there and writes what has changed. Where it stands is read off both texts:
// a keyboard may also take up again what it wrote earlier.
const writeComposed = (box, before) => {
  const after = box.value;
  const start = sharedLength(before, after);
  const rest = sharedLength(backwards(before.slice(start)), backwards(after.slice(start)));
  box.value = before;
  box.setSelectionRange(start, before.length - rest);
  const text = after.slice(start, after.length - rest);
  if (text) press(box, text);
  else if (after !== before) {
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Backspace", bubbles: true }));
  }
};

document.addEventListener("keypress", (event) => {
  if (isNumberBox(event.target) && latin(event.key) !== event.key) write(event, event.key);
}, true);

// A key that was pressed has been taken before this. What is composed cannot be prevented, and
// comes whole at each step.
document.addEventListener("beforeinput", (event) => {
  const { target, data } = event;
  if (!isNumberBox(target) || composing.has(target)) return;
  if (!event.cancelable) composing.set(target, target.value);
  else if (data) write(event, data.length > 1 ? withoutThousands(data) : data);
}, true);

// The box would write its number into what is being composed.
for (const name of ["keydown", "input"]) {
  document.addEventListener(name, (event) => {
    if (composing.has(event.target)) event.stopImmediatePropagation();
  }, true);
}

document.addEventListener("compositionend", ({ target }) => {
  if (!composing.has(target)) return;
  const before = composing.get(target);
  composing.delete(target);
  writeComposed(target, before);
}, true);

document.addEventListener("paste", (event) => {
  const said = event.clipboardData?.getData("text") ?? "";
  if (!isNumberBox(event.target)) return;
  if (OTHER_DIGITS.test(said) || DECIMAL_COMMA.test(said)) write(event, withoutThousands(said));
}, true);
