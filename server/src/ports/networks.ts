import { BlockList, isIP } from "node:net";

/** Addresses and networks such as `10.0.0.0/8`, to look addresses up in. */
export const networksOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
};

/** An IPv4 address in the clothes of IPv6 as what it is. */
export const plainAddress = (address: string): string =>
  /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1] ?? address;

export const isIn = (list: BlockList, address: string): boolean => {
  const plain = plainAddress(address);
  const kind = isIP(plain);
  return kind !== 0 && list.check(plain, kind === 6 ? "ipv6" : "ipv4");
};

/** Whether a text is an address, or a network such as `10.0.0.0/8`. */
export const isNetwork = (text: string): boolean => {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d+$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
};
