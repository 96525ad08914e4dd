package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.state.TableCut;
import dev.weir.testing.state.ContractKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the native side keeps, and for how long. */
final class NativeLifeTest {

    private static final int STORES = 100;

    // A database that is left open keeps some 2 MB: buffers of its writers, its files' tables, its threads' stacks.
    private static final long GROWTH_MAX_KB = 40_000;

    @TempDir
    private Path directory;

    @Test
    void aHundredStoresLeaveNothing() throws Exception {
        for (int i = 0; i < STORES / 2; i++) {
            useAndClose(i);
        }
        long before = residentKb();
        for (int i = STORES / 2; i < STORES * 3 / 2; i++) {
            useAndClose(i);
        }
        assertThat(residentKb() - before).isLessThan(GROWTH_MAX_KB);
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    private void useAndClose(int number) throws IOException {
        StoreFixture fixture = new StoreFixture(directory.resolve("store-" + number), 16);
        try (fixture) {
            ListTable<ContractKey, String, Number> lists = fixture.lists();
            MapTable<ContractKey, String, String, Number> maps = fixture.maps();
            for (int i = 0; i < 2_000; i++) {
                fixture.context.select(new ContractKey(i % 100));
                lists.append("a", List.of(i, i + 1));
                maps.put("a", "key " + i, i);
            }
            // iterations that are left half way
            lists.entries().next();
            maps.entries("a").next();
            lists.sweep(10).next();
            lists.cut().close();
        }
        assertThat(fixture.options.areClosed()).isTrue();
    }

    /** What the process has resident, as the kernel says, since no tool of the JVM knows of native libraries. */
    private static long residentKb() throws IOException {
        System.gc();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("/proc/self/status does not tell VmRSS");
    }

    @Test
    void aCutOutlivesItsStore() throws Exception {
        StoreFixture fixture = new StoreFixture(directory.resolve("store"), 1);
        ListTable<ContractKey, String, Number> table = fixture.lists();
        fixture.context.select(new ContractKey(1));
        table.put("a", List.of(1L));
        TableCut<ContractKey, String, List<Number>> cut = table.cut();
        table.put("a", List.of(2L));
        fixture.close();
        assertThat(cut.entries(0).next().value()).isEqualTo(List.of(1L));
        assertThat(fixture.options.areClosed()).isFalse();
        cut.close();
        assertThat(fixture.options.areClosed()).isTrue();
        assertThat(directory.resolve("store")).doesNotExist();
    }

    @Test
    void aClosedStoreIsNotReached() throws Exception {
        StoreFixture fixture = new StoreFixture(directory.resolve("store"), 1);
        MapTable<ContractKey, String, String, Number> table = fixture.maps();
        fixture.context.select(new ContractKey(1));
        fixture.close();
        assertThatThrownBy(() -> table.put("a", Map.of("x", 1L)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'maps' was closed");
    }

    @Test
    void anUnusableDirectoryIsNamed() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> new StoreFixture(file.resolve("store"), 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
    }
}
