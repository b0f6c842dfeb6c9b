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
  heal(): void;
  close(): Promise<void>;
}

/** Opens such a way to `upstream`, the address of a service on loopback. */
export const networkTo = async (upstream: URL): Promise<Network> => {
  let state: "whole" | "cut" | "deaf" = "whole";
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
    near.pipe(far);
    far.on("data", (chunk) => {
      if (state === "whole") near.write(chunk);
      else near.destroy();
    });
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
    heal: () => {
      state = "whole";
    },
    close: async () => {
      endAll();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};
