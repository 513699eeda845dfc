/** The fields of a form for what a JSON Schema describes, and what is written in them as JSON. Pure. */

/** More would be no form any more. */
const MOST = 60;

/**
 * @param {object | null} schema JSON Schema (2020-12); null: any JSON
 * @param {unknown} start what a run without an input gets
 * @returns {object[]} `{ key, label, help, kind, required, value, options?, min?, max?, minLength?, maxLength?, format? }`; `key` is null for a field that is the
 *   whole input, `kind` one of text, number, integer, boolean, choice, json
 */
export function fieldsOf(schema, start = null) {
  const whole = plainOf(schema, schema);
  const entries = isObject(whole.properties) ? Object.entries(whole.properties).slice(0, MOST) : [];
  if (whole.type !== "object" || entries.length === 0) return [fieldOf(null, whole, schema, true, start)];
  const required = Array.isArray(whole.required) ? whole.required : [];
  return entries.map(([key, inner]) => fieldOf(key, inner, schema, required.includes(key), isObject(start) && Object.hasOwn(start, key) ? start[key] : undefined));
}

const isObject = (value) => value instanceof Object && !Array.isArray(value);

/** What a schema means where it only points elsewhere, or also allows null. */
function plainOf(schema, root, depth = 0) {
  if (!isObject(schema) || depth > 8) return {};
  const { $ref } = schema;
  if (typeof $ref === "string" && $ref.startsWith("#/")) {
    const found = $ref.slice(2).split("/").reduce((at, part) => (isObject(at) ? at[part] : undefined), root);
    return { ...plainOf(found, root, depth + 1), ...(schema.description && { description: schema.description }) };
  }
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options)) {
    const rest = options.map((one) => plainOf(one, root, depth + 1)).filter(({ type }) => type !== "null");
    const { anyOf: _anyOf, oneOf: _oneOf, ...own } = schema;
    if (rest.length === 1) return { ...rest[0], ...own, nullable: rest.length < options.length };
    return own;
  }
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return { ...schema, type: types.length === 1 ? types[0] : undefined, nullable: types.length < schema.type.length };
  }
  return schema;
}

function fieldOf(key, raw, root, required, start) {
  const schema = plainOf(raw, root);
  const kind = kindOf(schema);
  const value = start === undefined || start === null ? schema.default : start;
  return {
    key,
    label: String(schema.title ?? key ?? "Input").slice(0, 80),
    help: String(schema.description ?? "").slice(0, 500),
    kind,
    required: required && schema.default === undefined && !schema.nullable,
    silent: !required && value === undefined,
    value: writtenOf(kind, value, schema),
    ...(kind === "choice" && { options: schema.enum ?? [schema.const] }),
    min: schema.minimum ?? null,
    max: schema.maximum ?? null,
    minLength: schema.minLength ?? null,
    maxLength: schema.maxLength ?? null,
    format: typeof schema.format === "string" ? schema.format : null,
    isList: schema.type === "array",
  };
}

function kindOf(schema) {
  if (Array.isArray(schema.enum) || "const" in schema) return "choice";
  return { string: "text", number: "number", integer: "integer", boolean: "boolean" }[schema.type] ?? "json";
}

/** A value as it stands in its field: choices by their place in the list, others as text. */
function writtenOf(kind, value, schema) {
  if (kind === "boolean") return value === true;
  if (value === undefined || value === null) return "";
  if (kind === "choice") {
    const at = (schema.enum ?? [schema.const]).findIndex((option) => JSON.stringify(option) === JSON.stringify(value));
    return at === -1 ? "" : String(at);
  }
  return kind === "json" ? JSON.stringify(value, null, 2) : String(value);
}

/**
 * What is written in the fields, as JSON.
 * @param {object[]} fields
 * @param {(field: object) => string | boolean} written what stands in a field
 * @returns {{ input: unknown, problems: Map<string | null, string> }} problems by key of the field; an input only where there is none
 */
export function inputOf(fields, written) {
  const problems = new Map();
  const input = {};
  for (const field of fields) {
    const { value, problem } = valueOf(field, written(field));
    if (problem) problems.set(field.key, problem);
    // Not by assignment: a field may be called as an object's prototype is.
    else if (value !== undefined) Object.defineProperty(input, field.key ?? "", { value, enumerable: true, configurable: true, writable: true });
  }
  return { input: fields[0]?.key === null ? input[""] : input, problems };
}

function valueOf(field, raw) {
  if (field.kind === "boolean") return raw === true || !field.silent ? { value: raw === true } : {};
  const text = String(raw);
  if (text.trim() === "") return field.required && !(field.kind === "text" && field.minLength === 0) ? { problem: "It is needed." } : {};
  switch (field.kind) {
    case "choice":
      return { value: field.options[Number(text)] };
    case "number":
    case "integer":
      return numberOf(field, Number(text.trim().replace(",", ".")));
    case "json":
      return jsonOf(field, text);
    default:
      if (field.minLength !== null && text.length < field.minLength) return { problem: `At least ${field.minLength} characters.` };
      return field.maxLength !== null && text.length > field.maxLength ? { problem: `At most ${field.maxLength} characters.` } : { value: text };
  }
}

function numberOf({ kind, min, max }, value) {
  if (!Number.isFinite(value)) return { problem: "Write a number." };
  if (kind === "integer" && !Number.isInteger(value)) return { problem: "Write a whole number." };
  if (min !== null && value < min) return { problem: `At least ${min}.` };
  return max !== null && value > max ? { problem: `At most ${max}.` } : { value };
}

function jsonOf({ isList }, text) {
  try {
    const value = JSON.parse(text);
    return isList && !Array.isArray(value) ? { problem: "Write a list, such as [1, 2]." } : { value };
  } catch (error) {
    return { problem: `It is no JSON: ${error.message.slice(0, 160)}` };
  }
}

/**
 * The gateway's problems, by the fields that they are about.
 * @param {{ path: string, message: string }[]} problems their paths begin with `input`
 * @returns {{ ofFields: Map<string | null, string>, others: string[] }}
 */
export function problemsByField(fields, problems) {
  const ofFields = new Map();
  const others = [];
  for (const { path, message } of problems) {
    const [, key, ...deeper] = String(path).split(".");
    const field = fields.find((one) => one.key === null || one.key === key);
    const words = field && deeper.length > 0 && field.key !== null ? `${deeper.join(".")}: ${message}` : String(message);
    if (field) ofFields.set(field.key, [ofFields.get(field.key), words].filter(Boolean).join(" "));
    else others.push(`${path}: ${message}`);
  }
  return { ofFields, others };
}
