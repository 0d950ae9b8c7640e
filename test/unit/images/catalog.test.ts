import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { imagesFile, kernelsFile, loadCatalog } from "../../../src/images/catalog.ts";

const SHIPPED = join(import.meta.dirname, "../../../catalog");
const kernel = {
  name: "k",
  description: "a kernel",
  distro: "debian",
  arch: "amd64",
  source: { type: "debian", suite: "bookworm", package: "linux-image-cloud-amd64" },
};
const image = {
  name: "i",
  description: "an image",
  distro: "debian",
  arch: "amd64",
  kernel: "k",
  source: { type: "debian", suite: "bookworm", packages: ["systemd"] },
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "catalog-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(images: unknown, kernels: unknown): Promise<void> {
  await writeFile(
    join(directory, "images.json"),
    typeof images === "string" ? images : JSON.stringify(images),
  );
  await writeFile(join(directory, "kernels.json"), JSON.stringify(kernels));
}

test("the catalog that ships is valid and has the default image with its kernel", async () => {
  const catalog = await loadCatalog(SHIPPED);
  const entry = catalog.images.get("debian-bookworm");
  expect(entry?.source.packages).toContain("openssh-server");
  expect(catalog.kernels.get(entry?.kernel ?? "")?.source.package).toBe("linux-image-cloud-amd64");
});

test("an entry of an extra directory replaces the shipped one of the same name", async () => {
  const mine = { ...image, name: "debian-bookworm", kernel: "debian-cloud-6.1", description: "mine" };
  await write({ version: 1, images: [mine] }, { version: 1, kernels: [] });
  const catalog = await loadCatalog(SHIPPED, [directory]);
  expect(catalog.images.get("debian-bookworm")?.description).toBe("mine");
});

test.each([
  ["a suite that is an option", [{ ...image, source: { ...image.source, suite: "--x" } }], /source\.suite/],
  [
    "a package that is an option",
    [{ ...image, source: { ...image.source, packages: ["-o"] } }],
    /packages\[0\]/,
  ],
  ["no packages", [{ ...image, source: { ...image.source, packages: [] } }], /packages/],
  ["a name with a slash", [{ ...image, name: "../x" }], /images\[0\]\.name/],
  ["an unknown key", [{ ...image, packges: [] }], /packges/],
  ["an unknown source", [{ ...image, source: { type: "bundle", url: "x" } }], /source/],
  ["another architecture", [{ ...image, arch: "arm64" }], /arch/],
  ["a name twice", [image, image], /i is there twice/],
  ["an unknown kernel", [{ ...image, kernel: "nope" }], /nope/],
])("%s is refused, and the error names the file and the place", async (_what, images, message) => {
  await write({ version: 1, images }, { version: 1, kernels: [kernel] });
  const loading = loadCatalog(directory);
  await expect(loading).rejects.toMatchObject({ code: "ERR_CATALOG_INVALID" });
  await expect(loading).rejects.toThrow(join(directory, "images.json"));
  await expect(loading).rejects.toThrow(message);
});

test("a file that is not JSON or is missing is refused", async () => {
  await write("{", { version: 1, kernels: [] });
  await expect(loadCatalog(directory)).rejects.toMatchObject({ code: "ERR_CATALOG_INVALID" });
  await rm(join(directory, "images.json"));
  await expect(loadCatalog(directory)).rejects.toMatchObject({ code: "ERR_CATALOG_INVALID" });
});

test.each([
  ["images", imagesFile],
  ["kernels", kernelsFile],
])("%s.schema.json, for editors, is what the code checks", async (name, schema) => {
  const shipped: unknown = JSON.parse(await readFile(join(SHIPPED, `${name}.schema.json`), "utf8"));
  expect(shipped).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input" }))));
});
