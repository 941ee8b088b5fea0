// The emulator would listen on every interface: a server that names none listens on the loopback one instead.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, host, ...more) {
  return listen.call(this, port, host ?? "127.0.0.1", ...more);
};
