/** Arrays of fixed length. */

import { InputError } from "../errors/error.ts";
import { checkLength, type Layout, layout, type ValueOf } from "./layout.ts";
import type { Schema } from "./schema.ts";

/** `length` elements, one after the other. */
export interface ArrayOf<Element extends Schema = Schema> extends Layout<ValueOf<Element>[]> {
  readonly kind: "array";
  readonly element: Element;
  readonly length: number;
}

/** An array of `length` elements: `array(u64, 27)`. */
export function array<const Element extends Schema>(element: Element, length: number): ArrayOf<Element> {
  const label = `array of ${length}`;
  checkLength(label, length);
  const { read, write, sizeBytes: stride } = element as Layout<unknown> as Layout<ValueOf<Element>>;

  const core = layout<ValueOf<Element>[]>(label, {
    sizeBytes: stride * length,
    alignment: element.alignment,
    read(view, offset) {
      const values: ValueOf<Element>[] = [];
      for (let index = 0; index < length; index++) values.push(read(view, offset + index * stride));
      return values;
    },
    write(view, offset, values) {
      if (values.length !== length) {
        throw new InputError("BYTES_OUT_OF_RANGE", `an ${label} elements cannot take ${values.length}`);
      }
      for (let index = 0; index < length; index++) write(view, offset + index * stride, values[index]!);
    },
  });
  return { ...core, kind: "array", element, length };
}
