package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import dev.weir.testing.state.ContractKey;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sweep that rewrites maps while entries come and go. */
final class SweepTest {

    private static final int OPERATIONS = 5_000;
    private static final int KEYS = 40;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7})
    void rewrittenMapsKeepTheirEntries(long seed) throws Exception {
        Random random = new Random(seed);
        Map<ContractKey, Map<String, Number>> model = new HashMap<>();
        try (StoreFixture fixture = new StoreFixture(directory, 16, StoreFixture.cache(seed))) {
            MapTable<ContractKey, String, String, Number> table = fixture.maps();
            TableSweep<ContractKey, String, Map<String, Number>> sweep = table.sweep(3);
            for (int i = 0; i < OPERATIONS; i++) {
                ContractKey key = new ContractKey(random.nextInt(KEYS));
                fixture.context.select(key);
                Map<String, Number> expected = model.computeIfAbsent(key, k -> new HashMap<>());
                String userKey = "k" + random.nextInt(8);
                if (random.nextInt(4) > 0) {
                    table.put("n", userKey, (long) i);
                    expected.put(userKey, (long) i);
                } else {
                    table.remove("n", userKey);
                    expected.remove(userKey);
                }
                if (!sweep.hasNext()) {
                    sweep = table.sweep(3);
                }
                for (TableEntry<ContractKey, String, Map<String, Number>> entry : sweep.next()) {
                    Map<String, Number> kept = new HashMap<>(entry.value());
                    String dropped = "k" + random.nextInt(16);
                    kept.remove(dropped);
                    model.get(entry.key()).remove(dropped);
                    sweep.update(entry, kept);
                }
                Map<String, Number> present = table.get("n");
                assertThat(present == null ? Map.of() : present).isEqualTo(expected);
            }
        }
    }
}
