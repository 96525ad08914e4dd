package dev.weir.flink.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.Debloater;
import dev.weir.engine.exchange.Debloating;
import java.util.Random;
import org.apache.flink.runtime.throughput.BufferDebloater;
import org.junit.jupiter.api.Test;

/** The engine's sizes of batches against the sizes of buffers that Flink computes. */
class DebloaterTest {

    @Test
    void sizesAreThoseOfFlinksBuffers() {
        int resized = 0;
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            int max = 1 << (8 + random.nextInt(9));
            int min = 1 + random.nextInt(max);
            int start = min + random.nextInt(max - min + 1);
            long target = 1L + random.nextInt(3_000);
            int threshold = random.nextInt(101);
            int samples = 1 + random.nextInt(40);
            BufferDebloater flinks = new BufferDebloater("task", 0, target, start, max, min, threshold, samples);
            Debloater ours = new Debloater(new Debloating(target, 200, samples, threshold, start, min), max);

            long throughput = random.nextInt(10_000_000);
            for (int step = 0; step < 200; step++) {
                throughput = random.nextInt(10) == 0 ? random.nextInt(40 * max) : throughput + random.nextInt(1_000);
                int buffers = random.nextInt(30);
                var expected = flinks.recalculateBufferSize(throughput, buffers);

                assertThat(ours.resize(throughput, buffers))
                        .as("seed %s, step %s", seed, step)
                        .isEqualTo(expected);
                assertThat(ours.bytes()).isEqualTo(flinks.getLastBufferSize());
                resized += expected.isPresent() ? 1 : 0;
            }
        }
        assertThat(resized).isGreaterThan(1_000);
    }
}
