package dev.weir.testing.simulation;

import dev.weir.engine.exchange.Debloating;
import dev.weir.engine.exchange.NetworkMemory;
import java.util.Random;

/** Network memory of random sizes. */
final class Networks {
    private Networks() {}

    /** From none to more than is used. */
    static NetworkMemory hostile(Random random) {
        return random(random, random.nextInt(3) == 0 ? random.nextInt(10_000) : 1 << 20, 64);
    }

    /** With room for the barriers of checkpoints that come faster than records get through. */
    static NetworkMemory roomy(Random random) {
        return random(random, random.nextBoolean() ? 100_000 : 1 << 20, 512);
    }

    private static NetworkMemory random(Random random, int bytes, int segmentBytesMin) {
        return new NetworkMemory(
                bytes,
                segmentBytesMin << random.nextInt(6),
                1 + random.nextInt(3),
                random.nextInt(9),
                random.nextInt(3) == 0 ? 1 + random.nextInt(4) : Integer.MAX_VALUE,
                random.nextInt(3) == 0
                        ? new Debloating(
                                1 + random.nextInt(20),
                                1,
                                1 + random.nextInt(20),
                                25,
                                segmentBytesMin,
                                segmentBytesMin / 2)
                        : null,
                null,
                true);
    }
}
