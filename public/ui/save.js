/** Hands a file to the browser, to be saved. */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replaceAll(/[^\w.-]+/g, "_").slice(-120);
  link.click();
  URL.revokeObjectURL(address);
}
