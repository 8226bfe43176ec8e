// Puts interface.txt into the section that the host reads: asc --transform ./interface.js
import { readFileSync } from "node:fs";
import { Transform } from "assemblyscript/transform";

export default class extends Transform {
  afterCompile(module) {
    module.addCustomSection("synapsed:interface", readFileSync("interface.txt"));
  }
}
