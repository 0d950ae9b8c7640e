import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BangerError } from "../../../../../src/shared/errors.ts";
import { LineSplitter, parseQmpLine } from "../../../../../src/vmm/qemu/qmp/codec.ts";

const greeting = `{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}`;

describe("parseQmpLine", () => {
  it("tells the four kinds of message apart", () => {
    expect(parseQmpLine(greeting)).toEqual({ kind: "greeting", version: "7.2.22" });
    expect(parseQmpLine(`{"return": {}, "id": 1}`)).toEqual({ kind: "return", id: 1, value: {} });
    expect(parseQmpLine(`{"id": 2, "error": {"class": "CommandNotFound", "desc": "no"}}`)).toEqual({
      kind: "error",
      id: 2,
      class: "CommandNotFound",
      description: "no",
    });
    expect(
      parseQmpLine(`{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN", "data": {}}`),
    ).toEqual({ kind: "event", name: "SHUTDOWN" });
  });

  it("refuses what is not QMP (VMM-3)", () => {
    for (const line of ["", "{", "null", "[]", `{"id": 1}`, `{"return": {}, "id": "1"}`, `{"QMP": {}}`]) {
      expect(() => parseQmpLine(line), line).toThrow(expect.objectContaining({ code: "ERR_QMP_PROTOCOL" }));
    }
  });

  it("throws nothing else, whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        try {
          parseQmpLine(line);
        } catch (error) {
          expect(error).toBeInstanceOf(BangerError);
        }
      }),
    );
  });
});

describe("LineSplitter", () => {
  it("finds the same lines however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/)), fc.array(fc.nat(20)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
        const splitter = new LineSplitter();
        const found: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          found.push(...splitter.push(bytes.subarray(at, at + cut)));
          at = Math.min(bytes.length, at + cut);
        }
        found.push(...splitter.push(bytes.subarray(at)));
        expect(found).toEqual(lines);
      }),
    );
  });

  it("bounds a line that does not end", () => {
    const splitter = new LineSplitter(16);
    splitter.push(Buffer.alloc(16, 0x61));
    expect(() => splitter.push(Buffer.from("a"))).toThrow(
      expect.objectContaining({ code: "ERR_QMP_PROTOCOL" }),
    );
  });
});
