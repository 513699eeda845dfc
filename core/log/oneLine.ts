const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Makes line breaks, ANSI sequences and other controls visible, so that no text can forge a record or steer a terminal. */
export function escapeControls(text: string): string {
  return escapeOddControls(text.replace(/[\u0000-\u001f]/g, (control) => SHORT[control] ?? escaped(control)));
}

/** As `escapeControls`, for those that JSON leaves as they are: Latin-1's controls, Unicode's line separators and marks that turn the writing. */
export function escapeOddControls(text: string): string {
  return text.replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped);
}

/** In the form that JSON reads back. */
function escaped(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
