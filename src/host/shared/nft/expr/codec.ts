import { invalid } from "../../../host-error.ts";
import type { NftExpression, NftRegister } from "../../../host-ops.ts";
import { type Attributes, attribute, Malformed, nested } from "../attributes.ts";

type TypeName = NftExpression["type"];

/** One of the kernel's expressions, by NFTA_EXPR_NAME. Both directions are of the attributes in its NFTA_EXPR_DATA. */
export interface ExpressionCodec<T extends TypeName> {
  readonly name: string;
  readonly types: readonly T[];
  /** `setId`: NFTA_SET_ID of the set that is the rule's own. */
  encode(expression: Extract<NftExpression, { type: T }>, setId?: number): Uint8Array[];
  /** Throws {@link Malformed}. */
  decode(attributes: Attributes): Extract<NftExpression, { type: T }>;
}

const WORDS = 16;
const REG_1 = 1; // four registers of 16 bytes, NFT_REG_1 to NFT_REG_4
const REG32_00 = 8; // the same memory as sixteen of 4

/** `enum nft_registers`, of a word: as the kernel itself tells it, by the long name where a quarter begins. */
export function registerNumber(word: NftRegister): number {
  if (!Number.isInteger(word) || word < 0 || word >= WORDS) {
    throw invalid("encode", `register ${word}`, "there are 0 to 15");
  }
  return word % 4 === 0 ? REG_1 + word / 4 : REG32_00 + word;
}

export function registerWord(number: number): NftRegister {
  if (number >= REG_1 && number <= 4) return (number - REG_1) * 4;
  if (number >= REG32_00 && number < REG32_00 + WORDS) return number - REG32_00;
  throw new Malformed(`register ${number}`);
}

/** `NFTA_DATA_VALUE` in an attribute. At most 64 bytes, all registers. */
export function dataValue(type: number, value: Uint8Array): Uint8Array {
  if (value.length === 0 || value.length > 4 * WORDS) {
    throw invalid("encode", `a value of ${value.length} bytes`, "there are 1 to 64");
  }
  return nested(type, attribute(NFTA_DATA_VALUE, value));
}

export function valueAt(attributes: Attributes, type: number): Uint8Array {
  return Uint8Array.from(attributes.nested(type).bytes(NFTA_DATA_VALUE));
}

export const NFTA_DATA_VALUE = 1;
export const NFTA_DATA_VERDICT = 2;

/** The place of a word in a list, or the word of a place: how enumerations cross. */
export function indexIn<T extends string>(words: readonly (T | null)[], word: T): number {
  const index = words.indexOf(word);
  if (index < 0)
    throw invalid("encode", String(word), `there are ${words.filter((each) => each !== null).join(", ")}`);
  return index;
}

export function wordAt<T extends string>(words: readonly (T | null)[], index: number): T {
  const word = words[index];
  if (word === undefined || word === null) throw new Malformed(`number ${index}`);
  return word;
}

/** The number of a word, and the word of a number: how enumerations with gaps cross. */
export function numberOf<T extends string>(numbers: Readonly<Record<T, number>>, word: T): number {
  return numbers[word] ?? unknownWord(word, Object.keys(numbers));
}

export function wordOf<T extends string>(numbers: Readonly<Record<T, number>>, number: number): T {
  const found = Object.entries(numbers).find(([, value]) => value === number);
  if (found === undefined) throw new Malformed(`number ${number}`);
  return found[0] as T;
}

export function flagBits<T extends string>(bits: Readonly<Record<T, number>>, flags: readonly T[]): number {
  return flags.reduce((sum, flag) => sum | (bits[flag] ?? unknownWord(flag, Object.keys(bits))), 0);
}

export function flagsOf<T extends string>(bits: Readonly<Record<T, number>>, number: number): T[] {
  return (Object.entries(bits) as [T, number][])
    .filter(([, bit]) => (number & bit) !== 0)
    .map(([flag]) => flag);
}

function unknownWord(word: string, known: string[]): never {
  throw invalid("encode", word, `there are ${known.join(", ")}`);
}
