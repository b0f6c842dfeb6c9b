import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way on loopback to a service, which a test can cut. */
export interface Network {
  /** Where the service is reached through it. */
  readonly host: string;
  readonly port: number;
  /** Every connection ends, and new ones are refused, until `heal`. */
  cut(): void;
  /** Requests arrive, but no reply comes back: the connection ends in its place. */
  loseReplies(): void;
  /** The same for one reply only, the `nth` from now (from 1). Tells afterwards whether there was one. */
  loseReply(nth: number): { readonly lost: boolean };
  heal(): void;
  close(): Promise<void>;
}

/** Opens such a way to `upstream`, the address of a service on loopback. */
export const networkTo = async (upstream: URL): Promise<Network> => {
  let state: "whole" | "cut" | "deaf" = "whole";
  /** Replies until the one that is lost; null: none is. */
  let left: number | null = null;
  const isLost = (): boolean => {
    if (left !== null) left -= 1;
    return state === "deaf" || left === 0;
  };
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => other.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((near) => {
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = connect(Number(upstream.port), upstream.hostname);
    keep(near, far);
    keep(far, near);
    // What comes after a request, up to the next one, is its reply.
    let asked = false;
    near.on("data", (chunk) => {
      asked = true;
      far.write(chunk);
    });
    near.on("end", () => far.end());
    far.on("data", (chunk) => {
      const begins = asked;
      asked = false;
      if (begins && isLost()) near.destroy();
      else near.write(chunk);
    });
    far.on("end", () => near.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    cut: () => {
      state = "cut";
      endAll();
    },
    loseReplies: () => {
      state = "deaf";
    },
    loseReply: (nth) => {
      left = nth;
      return {
        get lost() {
          return left !== null && left <= 0;
        },
      };
    },
    heal: () => {
      state = "whole";
      left = null;
    },
    close: async () => {
      endAll();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};
