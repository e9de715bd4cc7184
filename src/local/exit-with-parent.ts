// Loaded ahead of each process that `npm start` runs (node --import): when the start script is gone, however it died,
// the channel to it closes and the process stops as if it had been asked to. In production there is no channel.
const stopLimitMs = 20_000;

if (process.channel) {
  process.on("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), stopLimitMs).unref();
  });
  process.channel.unref();
}
