import { once } from "node:events";
import { createServer, request } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { gracefulClose } from "./graceful-close.ts";

const FOREVER_MS = 600_000;

async function listening(answer: (outgoing: ServerResponse) => void) {
  const server = createServer((_incoming, outgoing) => answer(outgoing));
  const close = gracefulClose(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { close, port: (server.address() as AddressInfo).port };
}

it("hangs up on who has never asked for anything", async () => {
  const { close, port } = await listening((outgoing) => outgoing.end());
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  const hungUp = once(silent, "close");
  await expect(close(FOREVER_MS)).resolves.toBeUndefined();
  await hungUp;
});

it("lets an answer come to its end, then hangs up though the client would stay", async () => {
  let finish = () => {};
  const { close, port } = await listening((outgoing) => {
    outgoing.write("first, ");
    finish = () => outgoing.end("last");
  });
  const asking = request({ port, host: "127.0.0.1", headers: { Connection: "keep-alive" } }).end();
  const [incoming] = (await once(asking, "response")) as [AsyncIterable<Buffer>];
  const closed = close(FOREVER_MS);
  finish();
  let text = "";
  for await (const chunk of incoming) text += chunk.toString();
  expect(text).toBe("first, last");
  await closed;
});

it("cuts off who takes too long", async () => {
  const { close, port } = await listening((outgoing) => outgoing.write("and so on"));
  const asking = request({ port, host: "127.0.0.1" }).end();
  const [incoming] = (await once(asking, "response")) as [NodeJS.ReadableStream];
  const failed = once(incoming.resume(), "error");
  await close(1);
  expect(await failed).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
});
