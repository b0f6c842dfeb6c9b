import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** An address on loopback that leads to a server far away. */
export interface SlowWay {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Everything takes half a round trip on its way, in both directions, and the first thing sent a whole one more: the
 * handshake of TCP, which on loopback costs nothing. Bandwidth has no limit.
 */
export const slowWayTo = async (target: string, roundTripMs: number): Promise<SlowWay> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const carry = (from: Socket, to: Socket, connectedAt: number): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (chunk) => {
      const leaves = Math.max(performance.now(), connectedAt);
      setTimeout(() => to.write(chunk), leaves + roundTripMs / 2 - performance.now());
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const connectedAt = performance.now() + roundTripMs;
    carry(near, far, connectedAt);
    carry(far, near, connectedAt);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
