import { connect, type Socket } from "node:net";

export type Answered = (status: number, body: string) => void;

/**
 * One keep-alive connection that sends prepared requests and reads answers with a Content-Length: a tenth of what a whole
 * HTTP client costs, which matters where the driver shares two cores with what it drives. Status 0 is a broken connection.
 */
export class HttpLine {
  private readonly port: number;
  private socket: Socket | undefined;
  private received = "";
  private answered: Answered | undefined;

  constructor(port: number) {
    this.port = port;
  }

  send(request: Buffer, answered: Answered): void {
    this.answered = answered;
    this.socket ??= this.open();
    this.socket.write(request);
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const socket = connect({ port: this.port, host: "127.0.0.1", noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.take(text));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.socket === socket) this.socket = undefined;
      this.finish(0, "the connection broke");
    });
    return socket;
  }

  private take(text: string): void {
    this.received += text;
    const headEnd = this.received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.received.slice(0, headEnd);
    const length = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < headEnd + 4 + length) return;
    const body = this.received.slice(headEnd + 4, headEnd + 4 + length);
    this.finish(Number(head.slice(9, 12)), body);
  }

  private finish(status: number, body: string): void {
    const { answered } = this;
    this.received = "";
    this.answered = undefined;
    answered?.(status, body);
  }
}
