import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Door {
  /** The same kubeconfig, by way of the door. */
  through(kubeconfig: string): string;
  /** Shut, whoever is inside is put out, and whoever comes is turned away. */
  shut(isShut: boolean): void;
  remove(): void;
}

/** A way to the test cluster that can be shut, while everybody else's stays open. */
export const makeDoor = async (): Promise<Door> => {
  const address = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  const to = Number(/https:\/\/127\.0\.0\.1:(\d+)/u.exec(address)?.[1]);
  const open = new Set<Socket>();
  let isShut = false;
  const door = createServer((from) => {
    if (isShut) return from.destroy();
    const on = connect(to, "127.0.0.1");
    for (const one of [from, on]) {
      open.add(one);
      one.on("error", () => undefined).on("close", () => [from, on].forEach((each) => each.destroy()));
    }
    return from.pipe(on).pipe(from);
  });
  await new Promise<void>((resolve) => {
    door.listen(0, "127.0.0.1", resolve);
  });
  const { port } = door.address() as AddressInfo;
  return {
    through: (kubeconfig) => kubeconfig.replaceAll(`127.0.0.1:${to}`, `127.0.0.1:${port}`),
    shut: (shut) => {
      isShut = shut;
      if (shut) for (const one of open) one.destroy();
    },
    remove: () => {
      door.close();
    },
  };
};
