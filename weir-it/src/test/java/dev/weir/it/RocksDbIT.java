package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.harness.Differential;
import dev.weir.it.harness.Host;
import dev.weir.it.harness.MiniClusterHost;
import dev.weir.it.harness.Mode;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.WeirHost;
import dev.weir.it.harness.WithStore;
import dev.weir.it.programs.Programs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The programs of the suite with their state in RocksDB, each in one mode, against Flink's stored answers, which are of its
 * heap. Programs whose answer depends on the store are compared with Flink's RocksDB backend in a MiniCluster.
 */
class RocksDbIT {

    /** They change objects that they read from state or gave to it, or use one name in two kinds of namespace. */
    private static final Set<String> BY_STORE = Set.of(
            "state-value-mutated-without-update",
            "element-mutated-after-it-went-into-state",
            "window-elements-mutated-in-sliding-windows",
            "window-process-with-state");

    private final Host weir = WithStore.rocksDb(new WeirHost());
    private final Differential differential = new Differential(weir, Path.of("src/test/resources"));

    @TestFactory
    Stream<DynamicTest> everyProgramGivesFlinksAnswer() {
        List<DynamicTest> tests = new ArrayList<>();
        List<Program> programs = Programs.all();
        for (int i = 0; i < programs.size(); i++) {
            Program program = programs.get(i);
            Mode mode = Mode.pairwise(i).get(i % 3);
            tests.add(DynamicTest.dynamicTest(program.name() + ", " + mode, () -> assertThat(difference(program, mode))
                    .isEmpty()));
        }
        return tests.stream();
    }

    private String difference(Program program, Mode mode) throws Exception {
        if (!BY_STORE.contains(program.name())) {
            return differential.difference(program, mode);
        }
        try (Host flink = WithStore.rocksDb(new MiniClusterHost())) {
            return Differential.difference(program, mode, weir, flink);
        }
    }
}
