/** The symbols of an object that is written: what its code and its maps refer to. */

import { InputError } from "../../errors/error.ts";
import type { MapSpec } from "../../spec/collection.ts";
import { symbolBindings, symbolTypes } from "../format.ts";
import type { NewSymbol } from "./file.ts";
import type { ProgramPart } from "./split.ts";
import type { ObjectTypes } from "./types.ts";

/** A function in a section, and what else it needs from its program. */
export interface PlacedFunction {
  readonly part: ProgramPart;
  readonly offset: number;
  readonly local: boolean;
  /** The functions that its calls name, by their index in the program. */
  readonly callees: () => readonly PlacedFunction[];
}

/** The symbols of the object, made as they are asked for. */
export class Symbols {
  readonly all: NewSymbol[] = [];
  readonly #functions = new Map<PlacedFunction, NewSymbol>();
  readonly #byName = new Map<string, NewSymbol>();

  constructor({ definitions }: ObjectTypes, dataMaps: readonly MapSpec[]) {
    for (const { map, offset, sizeBytes } of definitions) {
      const type = { type: symbolTypes.object, binding: symbolBindings.global };
      this.#add(map.name, { name: map.name, ...type, section: ".maps", value: offset, sizeBytes });
    }
    for (const { name } of dataMaps) this.#addSection(name);
  }

  addFunction(one: PlacedFunction, section: string): void {
    const { part, offset, local } = one;
    const binding = local ? symbolBindings.local : symbolBindings.global;
    const symbol = {
      name: part.name,
      type: symbolTypes.function,
      binding,
      section,
      value: offset,
      sizeBytes: part.code.length,
    };
    this.all.push(symbol);
    this.#functions.set(one, symbol);
    if (!local) this.#byName.set(part.name, symbol);
  }

  ofFunction(one: PlacedFunction): NewSymbol {
    return this.#functions.get(one)!;
  }

  /** A map, a section of variables or a program. */
  named(name: string): NewSymbol {
    const symbol = this.#byName.get(name);
    if (symbol !== undefined) return symbol;
    throw new InputError("ELF_NO_SYMBOL", `the collection refers to ${name}, which it does not have`);
  }

  /** The symbol of the section that another is in. */
  sectionOf({ section = "" }: NewSymbol): NewSymbol {
    return this.#byName.get(section) ?? this.#addSection(section);
  }

  /** Something that the kernel gives. */
  extern(name: string, weak: boolean): NewSymbol {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const binding = weak ? symbolBindings.weak : symbolBindings.global;
    return this.#add(name, { name, type: symbolTypes.none, binding, value: 0, sizeBytes: 0 });
  }

  #addSection(name: string): NewSymbol {
    const type = { type: symbolTypes.section, binding: symbolBindings.local };
    return this.#add(name, { name, ...type, section: name, value: 0, sizeBytes: 0 });
  }

  #add(name: string, symbol: NewSymbol): NewSymbol {
    this.all.push(symbol);
    this.#byName.set(name, symbol);
    return symbol;
  }
}
