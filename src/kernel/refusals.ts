/** What the verifier says (`kernel/bpf/verifier.c`), what it means to the author of a program, and what would satisfy it. */

import { between, inEnglish, inWords, orThis, places, spread } from "./refusal-words.ts";
import type { ValueRange } from "./register-origin.ts";

export interface Refusal {
  readonly message: string;
  readonly remedy?: string;
}

/** What the reasons' table is asked with. */
export interface Circumstances {
  /** What made the value of a register, by its source line: "`index` of line 12"; empty where that is the line itself. */
  madeBy(register: number): string;
  /** The source line of the instruction at `slot`, in the same way. */
  lineOf(slot: number): string;
  range(register: number): ValueRange;
  /** What the verifier knows of a register, in its own words. */
  state(register: number): string;
  /** The instruction that was refused: `r0 += r6`. */
  readonly instruction: string;
  /** The hook's kind. */
  readonly hook: string;
}

interface Row {
  readonly says: RegExp;
  means(match: RegExpExecArray, circumstances: Circumstances, reasons: readonly string[]): Refusal;
}

const compareWithNull = "compare it with null first: `if (value === null) return;`";
const bound = (most: number | string) =>
  `bound it right in front of its use: \`min(value, ${most})\`, or \`if (value > ${most}) return;\``;

const rows: readonly Row[] = [
  {
    says: /^R(\d+) (?:invalid mem access|pointer arithmetic on) '?\S*_or_null/,
    means: ([, register], circumstances) => mayBeNull(Number(register), circumstances),
  },
  {
    says: /^R(\d+) type=\S*_or_null\S* expected=/,
    means: ([, register], circumstances) => mayBeNull(Number(register), circumstances),
  },
  {
    says: /^Possibly NULL pointer passed to (?:trusted |helper )?arg(?:#)?(\d+)/,
    means: ([, index], circumstances) => mayBeNull(Number(index) + 1, circumstances),
  },
  {
    says: /^R(\d+) invalid mem access '(?:scalar|inv)'/,
    means: ([, register], { madeBy }) => ({
      message: `${orThis(madeBy(Number(register)))} is a number to the verifier, not an address to read from or write to`,
      remedy: "read it with `readKernel` or `readUser`, or through `kernelPointer`",
    }),
  },
  {
    says: /^R(\d+) invalid mem access '(\w+)'/,
    means: ([, register, kind], { madeBy }) => ({
      message: `${orThis(madeBy(Number(register)))} (${kind}) is nothing to read from or write to`,
    }),
  },
  {
    says: /^math between \w+ pointer and register with unbounded/,
    means: (_, circumstances) => unboundedDistance(circumstances),
  },
  {
    says: /^(?:value|math between \w+ pointer and) -?\d+ .*(?:is not allowed|out of bounds)/,
    means: () => ({ message: "this distance is more than any memory has", remedy: "use a smaller constant" }),
  },
  {
    says: /^invalid access to (map value|memory|mem_region|map key), (?:value|mem|region|key)_size=(\d+) off=(-?\d+) size=(\d+)/,
    means: behindTheEnd,
  },
  {
    says: /^R(\d+) unbounded memory access/,
    means: ([, register], circumstances) => ({
      message: `${orThis(circumstances.madeBy(Number(register)))} has no upper bound that the verifier knows: it may be ${inWords(circumstances.range(Number(register)))}`,
      remedy: bound("length - 1"),
    }),
  },
  {
    says: /^R(\d+) min value is negative, either use unsigned (?:index|or 'var &= const')/,
    means: ([, register], { madeBy, range }) => ({
      message: `${orThis(madeBy(Number(register)))} may be ${inWords(range(Number(register)))}, and no negative number fits here`,
      remedy: "cast it to an unsigned type and bound it: `min(u32(value), 256)`",
    }),
  },
  {
    says: /^R(\d+) unbounded memory access, use 'var &= const'/,
    means: ([, register], { madeBy, range }) => ({
      message: `the length, ${orThis(madeBy(Number(register)))}, may be ${inWords(range(Number(register)))}`,
      remedy: "bound it: `min(length, 256)`",
    }),
  },
  {
    says: /^R(\d+) invalid zero-sized read/,
    means: ([, register], { madeBy }) => ({
      message: `${orThis(madeBy(Number(register)))} may be zero, and nothing of no length is read here`,
      remedy: "leave out the case: `if (length === 0) return;`",
    }),
  },
  {
    says: /^invalid access to packet, off=(-?\d+) size=(\d+), R(\d+)\(id=\d+,off=-?\d+,r=(\d+)\)/,
    means: behindThePacket,
  },
  {
    says: /^invalid (read from|write to|indirect read from|indirect access to) stack.* off[ =](-?\d+)(?:\+\d+)? size[ =](\d+)/,
    means: ([, what, offset, size]) =>
      Number(offset) < -512 || Number(offset) >= 0
        ? {
            message: `${size} bytes at ${offset} are outside of the stack, which has 512 bytes`,
            remedy: "keep large structs in a perCpuArray with one entry",
          }
        : {
            message: `the ${size} bytes of the stack that are ${what!.includes("write") ? "written" : "read"} here were never given a value`,
            remedy: "begin with `Type.zero()`",
          },
  },
  {
    says: /^invalid (?:variable-offset|unbounded variable-offset) (?:indirect )?(?:read from|write to|access to) stack R(\d+)/,
    means: ([, register], { madeBy, range }) => ({
      message: `${orThis(madeBy(Number(register)))} may be ${inWords(range(Number(register)))}, which leads out of what stands on the stack`,
      remedy: "use a constant index, or keep the array in a map",
    }),
  },
  {
    says: /^(?:combined stack size of (\d+) calls is|stack size (?:of )?(\d+))/,
    means: (match) => ({
      message: `functions that call one another need more than 512 bytes of stack together${match[1] === undefined ? "" : ` (${match[1]} calls deep)`}`,
      remedy: "keep large structs in a perCpuArray with one entry",
    }),
  },
  {
    says: /^Unreleased reference id=\d+ alloc_insn=(\d+)/,
    means: ([, taken], { lineOf }) => ({
      message: `what ${orThis(lineOf(Number(taken)))} took is not given back on this way`,
      remedy: "end every way with `submit` or `discard` for a record, and `unlock` for a lock",
    }),
  },
  {
    says: /^(?:misaligned|R\d+ misaligned) (\w+) access off .*?(-?\d+)? size (\d+)/,
    means: ([, kind, , size]) => ({
      message: `${size} bytes at a place of ${places[kind!] ?? kind} that is no multiple of ${size}`,
      remedy: "put the field where its size divides its place, or read it byte by byte",
    }),
  },
  {
    says: /^(?:back-edge from insn \d+ to \d+|infinite loop detected at insn \d+)/,
    means: () => ({
      message: "the verifier sees no end of this loop: what it looks at stays the same from turn to turn",
      remedy: "count the turns and compare with a constant, or use `repeat(count, step)`",
    }),
  },
  {
    says: /^(?:BPF program is too large\. Processed (\d+) insn|The sequence of (\d+) jumps is too complex)/,
    means: ([, instructions]) => ({
      message: `the verifier walked through ${instructions ?? "too many branches of"} ${instructions === undefined ? "the program" : "instructions"} and gave up here`,
      remedy: "take fewer turns, or use `repeat(count, step)`, whose step it looks at once",
    }),
  },
  {
    says: /^(?:program of this type cannot use helper|unknown func) (\w+)#\d+/,
    means: ([, name], { hook }) => ({
      message: `a ${hook} program cannot call ${name}`,
      remedy: "do this at another hook",
    }),
  },
  {
    says: /^calling kernel function (\w+) is not allowed/,
    means: ([, name], { hook }) => ({
      message: `a ${hook} program cannot call ${name}`,
      remedy: "do this at another hook",
    }),
  },
  {
    says: /^cannot call GPL-restricted function|^cannot call GPL only function/,
    means: () => ({
      message: "the kernel lets only programs under the GPL call this",
      remedy: 'give the collection a compatible licence: `license: "Dual MIT/GPL"`',
    }),
  },
  {
    says: /^At (?:program exit|callback return|async callback|subprogram exit).* R(\d+) has (?:smin=(-?\d+) smax=(-?\d+)|unknown scalar value|value (\S+)) should have been in \[?\(?([^)\]]+)/,
    means: ([, register, least, most, , wanted], { madeBy }) => ({
      message: `${orThis(madeBy(Number(register)))} is returned, which may be ${between(least, most)}; the hook takes ${spread(wanted!)}`,
      remedy: "return one of the hook's own verdicts",
    }),
  },
  {
    says: /^R(\d+) !read_ok/,
    means: ([, register]) =>
      register === "0"
        ? { message: "the program can end here without giving back a value", remedy: "return one on every way" }
        : {
            message: `what stands in r${register} was never given a value on this way`,
            remedy: "report this: the compiler should have seen it",
          },
  },
  {
    says: /^invalid bpf_context access off=(\d+) size=(\d+)/,
    means: ([, offset, size], { hook }) => ({
      message: `a ${hook} program cannot reach the ${size} bytes at ${offset} of what it is handed, or not in this way`,
      remedy: "use members that this hook has; some can only be read",
    }),
  },
  {
    says: /^dereference of modified ctx ptr|^variable ctx access/,
    means: () => ({ message: "the place inside a context must be known", remedy: "use a constant index" }),
  },
  {
    says: /^R(\d+) type=(\S+) expected=(.+)$/,
    means: ([, register, is, wanted], { madeBy }) => ({
      message: `${orThis(madeBy(Number(register)))} is ${inEnglish(is!)} here, where ${wanted!.split(", ").map(inEnglish).join(" or ")} is wanted`,
    }),
  },
  {
    says: /^write into map forbidden/,
    means: () => ({ message: "programs can only read this map", remedy: "write to a map of the program's own" }),
  },
  {
    says: /^bpf_(?:res_)?spin_(?:un)?lock|holding a lock|while bpf_spin_lock|function calls are not allowed while holding/,
    means: () => ({
      message: "nothing is called, and nothing ends, while a lock is held",
      remedy: "work out the value first, then `lock`, write it, `unlock`",
    }),
  },
  {
    says: /^helper call might sleep|^kernel func \w+ is sleepable|sleepable helper .* in non-sleepable/,
    means: () => ({ message: "this may wait, and the hook cannot", remedy: "do it in a sleepable program" }),
  },
  {
    says: /^unreachable insn \d+/,
    means: () => ({
      message: "nothing leads to this instruction",
      remedy: "report this: the compiler should have dropped it",
    }),
  },
];

/** The first row that knows one of the reasons. Later lines say more of the same. */
export function refusalOf(reasons: readonly string[], circumstances: Circumstances): Refusal | undefined {
  for (const reason of reasons) {
    for (const { says, means } of rows) {
      const match = says.exec(reason);
      if (match !== null) return means(match, circumstances, reasons);
    }
  }
  return undefined;
}

function mayBeNull(register: number, { madeBy }: Circumstances): Refusal {
  return { message: `${orThis(madeBy(register))} may be null`, remedy: compareWithNull };
}

function behindTheEnd(
  [, , all, offset, size]: RegExpExecArray,
  { madeBy, range, state, instruction }: Circumstances,
  reasons: readonly string[],
): Refusal {
  const [length, bytes] = [Number(all), Number(size)];
  const register = Number(/^R(\d+) (?:min|max) value/.exec(reasons.at(-1) ?? "")?.[1] ?? -1);
  const isVariable = /[us]m(?:ax|in)=/.test(state(register));
  if (instruction.startsWith("call ")) {
    // Helpers take a length behind the address.
    const made = madeBy(register + 1);
    return {
      message: `${orThis(made)} may be ${inWords(range(register + 1))}, and from ${offset} there are ${length - Number(offset)} bytes`,
      remedy: bound(length - Number(offset)),
    };
  }
  if (!isVariable) return { message: `bytes ${offset} to ${Number(offset) + bytes - 1} are asked for, of ${length}` };
  const most = range(register).most;
  const fixed = most === undefined ? 0 : Math.max(0, Number(offset) - Number(most));
  return {
    message: `${orThis(madeBy(register))} may be ${inWords(range(register))}, and ${bytes} bytes there fit into ${length} up to ${length - fixed - bytes}`,
    remedy: bound(length - fixed - bytes),
  };
}

function behindThePacket(
  [, offset, size, register, checked]: RegExpExecArray,
  { madeBy, range, state }: Circumstances,
): Refusal {
  const remedy = "look at it through `packet.view(Type, at)`, or copy it with `packet.load(type, at)`";
  if (/[us]max=/.test(state(Number(register)))) {
    const what = orThis(madeBy(Number(register)));
    return {
      message: `${what} may be ${inWords(range(Number(register)))}, which may be behind the end of the packet`,
      remedy,
    };
  }
  const last = Number(offset) + Number(size) - 1;
  const known = checked === "0" ? "nothing says how long it is" : `all that is known is that it has ${checked}`;
  return { message: `bytes ${offset} to ${last} of the packet are asked for, and ${known}`, remedy };
}

function unboundedDistance({ madeBy, range, instruction }: Circumstances): Refusal {
  const added = Number(/^r\d+ [+-]= r(\d+)$/.exec(instruction)?.[1] ?? -1);
  return {
    message: `${orThis(madeBy(added))} may be ${inWords(range(added))}, which is too much to move on by`,
    remedy: "cast it to an unsigned type and bound it: `min(u32(value), length - 1)`",
  };
}
