import { z } from "zod";
import type { ErrorBody } from "../domain/operation.ts";
import { toErrorBody } from "../shared/error-body.ts";
import { BangerError } from "../shared/errors.ts";
import type { ClientConnection } from "./connection.ts";
import { type MethodName, type MethodParams, type MethodResults, methods } from "./contract.ts";
import { JSON_RPC } from "./wire.ts";

/** One function per method of the contract; params were checked. */
export type Handlers = {
  [M in MethodName]: (params: MethodParams<M>, client: ClientConnection) => Promise<MethodResults[M]>;
};

const request = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]),
  method: z.string(),
  params: z.unknown().optional(),
});

export interface Call {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: unknown;
}

export type Reply =
  | { jsonrpc: "2.0"; id: Call["id"]; result: unknown }
  | { jsonrpc: "2.0"; id: Call["id"]; error: { code: number; message: string; data: ErrorBody } };

/** Reads one call (no batches, no notifications), or the reply that says what is wrong with it. */
export function readCall(body: string): { call: Call } | { refusal: Reply } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { refusal: failure(null, JSON_RPC.parseError, badRequest("the request is not JSON")) };
  }
  const checked = request.safeParse(json);
  if (!checked.success) {
    const error = badRequest("the request is not a single JSON-RPC 2.0 call with an id");
    return { refusal: failure(null, JSON_RPC.invalidRequest, error) };
  }
  const { id, method, params } = checked.data;
  return { call: { id, method, params: params ?? {} } };
}

/** Checks params, calls the handler, and never throws: what a handler throws is the reply's ErrorBody, and goes to `onError`. */
export async function answer(
  handlers: Handlers,
  call: Call,
  client: ClientConnection,
  onError: (error: unknown) => void,
): Promise<Reply> {
  const { id, method } = call;
  if (!isMethod(method)) {
    const error = new BangerError("ERR_METHOD_UNKNOWN", `the daemon knows no method "${method}"`);
    return failure(id, JSON_RPC.methodNotFound, error);
  }
  const params = methods[method].safeParse(call.params);
  if (!params.success) return failure(id, JSON_RPC.invalidParams, badParams(method, params.error));
  try {
    // The table's type ties each method's params to its handler; one that is chosen at run time loses that tie.
    const handler = handlers[method] as (params: unknown, client: ClientConnection) => Promise<unknown>;
    const result = await handler(params.data, client);
    return { jsonrpc: "2.0", id, result: result ?? null };
  } catch (error) {
    onError(error);
    return failure(id, JSON_RPC.failed, error);
  }
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

function failure(id: Call["id"], code: number, error: unknown): Reply {
  const data = toErrorBody(error);
  return { jsonrpc: "2.0", id, error: { code, message: data.message, data } };
}

function badRequest(message: string): BangerError {
  return new BangerError("ERR_BAD_REQUEST", message);
}

function badParams(method: string, error: z.ZodError): BangerError {
  const problems = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  return new BangerError("ERR_BAD_PARAMS", `${method}: ${problems.join("; ")}`, { details: { problems } });
}
