/** The declarations of a compiled module, from what its exports are. */

import type { MapTypeName } from "../spec/index.ts";
import { isNode, parseModule } from "./syntax-tree.ts";
import { twinExport } from "./twin.ts";

/** What an export is when it is looked at, as far as it matters here. */
interface Described {
  readonly kind?: unknown;
  readonly [name: string]: unknown;
}

/** The text of `FILE.d.ts`; `values` are the exports of the kernel half, `variables` the names of its config and globals. */
export function declarationsOf(
  path: string,
  text: string,
  values: Readonly<Record<string, unknown>>,
  variables: ReadonlySet<string>,
): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `export declare const ${name}: ${variables.has(name) ? variableType(value) : typeOf(value)};`,
  );
  const types = parseModule(path, text).flatMap((node) => {
    const { declaration } = node;
    const isType = isNode(declaration) && /^TS(TypeAlias|Interface)Declaration$/.test(declaration.type);
    return isType ? [text.slice(node.start, node.end)] : [];
  });
  const hasDefault = parseModule(path, text).some(({ type }) => type === "ExportDefaultDeclaration");
  const body = [...lines, ...types, ...(hasDefault ? [defaultLine] : []), twinLine].join("\n");
  const used = languageTypes.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const head = used.length === 0 ? "" : `import type { ${used.join(", ")} } from "tarsier/program";\n`;
  return `${head}${body}\n`;
}

const defaultLine = 'export default function (context: import("tarsier").RunContext<any>): unknown;';
const twinLine = `export declare const ${twinExport}: { readonly json: string; readonly sources: Readonly<Record<string, string>> };`;

/** What declarations may speak of, of the language. */
const languageTypes = (
  "ArrayMap ArrayType BloomFilter BytesType CgroupArray HashMap KernelStruct MapDeclaration MapOfMaps ObjectStorage PerfEvents Pointer " +
  "Program ProgramArray RedirectMap ReuseportSockets RingBuffer Sequence SocketMap StackTraces StructType ValueOf " +
  "i8 i16 i32 i64 u8 u16 u16be u32 u32be u64 u64be"
).split(" ");

const mapTypes: Partial<Readonly<Record<MapTypeName, (map: Described) => string>>> = {
  hash: hashType,
  lruHash: hashType,
  lpmTrie: hashType,
  perCpuHash: (map) => `${hashType(map)} & MapDeclaration<"perCpuHash">`,
  lruPerCpuHash: (map) => `${hashType(map)} & MapDeclaration<"lruPerCpuHash">`,
  array: ({ value }) => `ArrayMap<${typeOf(value)}>`,
  perCpuArray: ({ value }) => `ArrayMap<${typeOf(value)}> & MapDeclaration<"perCpuArray">`,
  socketStorage: storageType,
  taskStorage: storageType,
  cgroupStorage: storageType,
  inodeStorage: storageType,
  queue: ({ value }) => `Sequence<${typeOf(value)}>`,
  stack: ({ value }) => `Sequence<${typeOf(value)}>`,
  bloomFilter: ({ value }) => `BloomFilter<${typeOf(value)}>`,
  ringBuffer: () => "RingBuffer",
  stackTrace: () => "StackTraces",
  perfEventArray: () => "PerfEvents",
  cgroupArray: () => "CgroupArray",
  programArray: () => "ProgramArray",
  deviceMap: () => "RedirectMap",
  deviceMapHash: () => "RedirectMap",
  cpuMap: () => "RedirectMap",
  xdpSocketMap: () => "RedirectMap",
  reuseportSocketArray: () => "ReuseportSockets",
  socketMap: () => "SocketMap<typeof u32>",
  socketHash: ({ key }) => `SocketMap<${typeOf(key)}>`,
  arrayOfMaps: ({ inner }) => `MapOfMaps<typeof u32, ${typeOf(inner)}>`,
  hashOfMaps: ({ key, inner }) => `MapOfMaps<${typeOf(key)}, ${typeOf(inner)}>`,
};

function hashType({ key, value }: Described): string {
  return `HashMap<${typeOf(key)}, ${typeOf(value)}>`;
}

function storageType({ value }: Described): string {
  return `ObjectStorage<KernelStruct, ${typeOf(value)}>`;
}

/** The type of what is exported: of schemas, maps and programs what the language calls it, of constants their value. */
function typeOf(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" && (value as unknown as Described).kind !== "integer")
    return "(...parameters: never) => unknown";
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return JSON.stringify(value) ?? "undefined";
  const described = value as Described;
  switch (described.kind) {
    case "integer":
      return `typeof ${described["name"]}`;
    case "bytes":
      return "BytesType";
    case "array":
      return `ArrayType<${typeOf(described["element"])}>`;
    case "struct": {
      const fields = described["fields"] as readonly { readonly name: string; readonly type: unknown }[];
      return `StructType<{ ${fields.map(({ name, type }) => `readonly ${name}: ${typeOf(type)}`).join("; ")} }>`;
    }
    case "program":
      return `Program<${JSON.stringify(described["hook"])}>`;
    case "map":
      return (
        mapTypes[described["type"] as MapTypeName]?.(described) ??
        `MapDeclaration<${JSON.stringify(described["type"])}>`
      );
    default:
      return `{ ${Object.entries(described)
        .map(([name, part]) => `readonly ${JSON.stringify(name)}: ${typeOf(part)}`)
        .join("; ")} }`;
  }
}

/** A config variable, or a global one, which is an object with a `value`: what they begin as is not what they stay. */
function variableType(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  if (value instanceof Uint8Array) return "Uint8Array";
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}: ${variableType(part)}`)
    .join("; ")} }`;
}
