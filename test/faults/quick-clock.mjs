// Preloaded into pgm by NODE_OPTIONS: the monotonic clock, by which pgm bounds its waits, runs so many times as fast as
// CLOCK_SPEED says. Timers do not.
const speed = Number(process.env.CLOCK_SPEED);
const real = performance.now.bind(performance);
performance.now = () => real() * speed;
