package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.Codec;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.testing.life.JobLives;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lives of random jobs that count in RocksDB. {@code -Dweir.seed=N} runs one, {@code -Dweir.seeds=N} so many. */
final class RocksJobLifeTest {
    private static final long BUFFER_BYTES = 64 << 10;

    @TempDir
    private Path directory;

    @Test
    void whateverHappensRecordsArePublishedOnceAndNothingIsLeftOpen() throws IOException {
        List<TestOptions> opened = new ArrayList<>();
        Random random = new Random(1);
        Map<String, Integer> seen = JobLives.run(
                context -> {
                    // every change is stored at once, some when another takes its place, or none before a barrier
                    CacheBudget[] budgets = {null, new CacheBudget(0), new CacheBudget(2_000), new CacheBudget(1 << 20)
                    };
                    TestOptions options = new TestOptions(BUFFER_BYTES, budgets[random.nextInt(budgets.length)]);
                    Path own = directory.resolve("store-" + opened.size());
                    opened.add(options);
                    try {
                        return new RocksStore<>(context, KeyCodec::new, new PlainBuffers(), own, options);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                25);
        assertThat(opened).isNotEmpty().allMatch(TestOptions::areClosed);
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).as("databases").isEmpty();
        }
        if (seen.getOrDefault("life", 0) >= 25) {
            assertThat(seen.keySet())
                    .as("what lives without disturbances would not show")
                    .contains("UNALIGNED", "killed", "power loss", "process that goes on", "restart", "savepoint");
        }
    }

    private static final class KeyCodec implements Codec<Integer> {
        @Override
        public void write(Integer value, DataOutput out) throws IOException {
            out.writeInt(value);
        }

        @Override
        public Integer read(DataInput in) throws IOException {
            return in.readInt();
        }

        @Override
        public Integer copy(Integer value) {
            return value;
        }

        @Override
        public boolean isImmutable() {
            return true;
        }

        @Override
        public Codec<Integer> duplicate() {
            return this;
        }
    }
}
