import net from "node:net";

/** What the server there says, or why there is none. */
export function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = net.connect(port, "127.0.0.1");
    socket.on("data", (data) => {
      text += data.toString();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.on("end", () => resolve(text));
  });
}
