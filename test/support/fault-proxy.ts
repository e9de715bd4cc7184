import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { Transform } from "node:stream";

/** What lies between the two ends. `latency` holds every piece back, `reset` breaks connections off, `silence` swallows everything, `narrow` lets so many bytes a second through. */
export type Fault = { kind: "none" } | { kind: "latency"; ms: number } | { kind: "reset" } | { kind: "silence" } | { kind: "narrow"; bytesPerSecond: number };

const pieces = 20;

/** A TCP proxy on loopback that can be told to misbehave, also towards connections that are open. */
export class FaultProxy {
  private fault: Fault = { kind: "none" };
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  private constructor(target: { host: string; port: number }) {
    this.server = createServer({ noDelay: true }, (near) => this.join(near, connect({ ...target, noDelay: true })));
  }

  static async start(target: { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Holds from now on, for connections that are open too. */
  set(fault: Fault): void {
    this.fault = fault;
    if (fault.kind === "reset") for (const socket of this.open) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.open) socket.destroy();
    await once(this.server, "close");
  }

  private join(near: Socket, far: Socket): void {
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.open.add(socket);
      // Either end's failure is the other's.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.open.delete(socket);
        other.destroy();
      });
    }
    if (this.fault.kind === "reset") {
      near.resetAndDestroy();
      return;
    }
    near.pipe(this.road()).pipe(far);
    far.pipe(this.road()).pipe(near);
  }

  private road(): Transform {
    const { hold } = this;
    const faultNow = (): Fault => this.fault;
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        void hold(this, chunk, faultNow).then(() => done(), done);
      },
    });
  }

  /** Passes a chunk on as the fault of the moment has it; what is swallowed comes when the fault has passed, as TCP would send it again. */
  private readonly hold = async (road: Transform, chunk: Buffer, faultNow: () => Fault): Promise<void> => {
    while (faultNow().kind === "silence") await pause(50);
    const fault = faultNow();
    if (fault.kind === "latency") await pause(fault.ms);
    if (fault.kind !== "narrow") {
      road.push(chunk);
      return;
    }
    const size = Math.max(1, Math.floor(fault.bytesPerSecond / pieces));
    for (let at = 0; at < chunk.length; at += size) {
      if (faultNow().kind === "narrow") await pause(1_000 / pieces);
      road.push(chunk.subarray(at, at + size));
    }
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
