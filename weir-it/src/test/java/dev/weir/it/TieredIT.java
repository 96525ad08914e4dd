package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.harness.Differential;
import dev.weir.it.harness.Mode;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.WeirHost;
import dev.weir.it.harness.WithStore;
import dev.weir.it.programs.Programs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every other program of the suite with its state in two tiers, in one mode, against the stored answers of Flink's heap: with
 * all of it in RocksDB, and with room on the heap for some.
 */
class TieredIT {

    private static final double SOME = 0.000_005;

    private final Differential stored = differential(0);
    private final Differential mixed = differential(SOME);

    private static Differential differential(double heapFraction) {
        return new Differential(WithStore.tiered(new WeirHost(), heapFraction), Path.of("src/test/resources"));
    }

    @TestFactory
    Stream<DynamicTest> programsGiveFlinksAnswer() {
        List<DynamicTest> tests = new ArrayList<>();
        List<Program> programs = Programs.all();
        for (int i = 0; i < programs.size(); i += 2) {
            Program program = programs.get(i);
            Mode mode = Mode.pairwise(i).get(i % 3);
            boolean some = i % 4 == 0;
            tests.add(DynamicTest.dynamicTest(
                    program.name() + ", " + mode + (some ? ", some on the heap" : ""),
                    () -> assertThat((some ? mixed : stored).difference(program, mode))
                            .isEmpty()));
        }
        return tests.stream();
    }
}
