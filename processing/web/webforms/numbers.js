// Lets ODK Web Forms take a number as it is written, whatever the language of the browser.
//
// | browser      | written | without this |
// |--------------|---------|--------------|
// | ar-IQ        | 412     | 42: it shows ٤١, and does not know what it shows |
// | de           | 1.5     | 15: its decimal sign is a comma |
// | any          | ٤١٢     | nothing |
// | any, on glass | 412    | nothing: it hears keys, and such a keyboard presses none |
const NUMBERS_LANGUAGE = "en-US";
const OTHER_SIGNS = /[٠-٩۰-۹٫]/g;

// The digits ٠ to ٩ (U+0660) and ۰ to ۹ (U+06F0) end in their own value.
const latin = (text) => text.replace(
  OTHER_SIGNS, (sign) => (sign === "٫" ? "." : String(sign.codePointAt(0) & 0xF)),
);

// It names no language where it writes and reads numbers.
Intl.NumberFormat = new Proxy(Intl.NumberFormat, {
  construct: (made, [language, options], target) => (
    Reflect.construct(made, [language ?? NUMBERS_LANGUAGE, options], target)
  ),
});

const isNumberBox = (element) => element.matches?.(".p-inputnumber-input");

const write = (event, text) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  for (const key of latin(text)) {
    const pressed = new KeyboardEvent("keypress", { key, bubbles: true, cancelable: true });
    event.target.dispatchEvent(pressed);
  }
};

document.addEventListener("keypress", (event) => {
  if (isNumberBox(event.target) && latin(event.key) !== event.key) write(event, event.key);
}, true);

// A key that was pressed has been taken before this.
document.addEventListener("beforeinput", (event) => {
  if (isNumberBox(event.target) && event.data) write(event, event.data);
}, true);

document.addEventListener("paste", (event) => {
  const said = event.clipboardData?.getData("text") ?? "";
  if (isNumberBox(event.target) && latin(said) !== said) write(event, said);
}, true);
