// listener.ts TYPE ADDRESS PORT ...: sockets of a host. Says `ready`, then what comes to each as [port, text]; sends [address, port, text] of
// its input from the first. Lines of JSON.
import { createSocket, type SocketType } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";

const wanted = process.argv.slice(2);
const sockets = [];
for (let at = 0; at < wanted.length; at += 3) {
  const [type, address, port] = wanted.slice(at, at + 3) as [SocketType, string, string];
  const socket = createSocket({ type, ipv6Only: type === "udp6" });
  socket.on("message", (message) =>
    process.stdout.write(`${JSON.stringify([Number(port), message.toString("latin1")])}\n`),
  );
  socket.bind(Number(port), address);
  await once(socket, "listening");
  sockets.push(socket);
}
process.stdout.write("ready\n");
for await (const line of createInterface(process.stdin)) {
  const [address, port, text] = JSON.parse(line) as [string, number, string];
  sockets[0]?.send(Buffer.from(text, "latin1"), port, address, () => undefined);
}
for (const socket of sockets) socket.close();
