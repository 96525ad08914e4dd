package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.harness.Differential;
import dev.weir.it.harness.Differential.Mode;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.WeirHost;
import dev.weir.it.programs.Programs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every program of the suite on Weir against Flink's stored answers, in modes such that each pair of program, parallelism and
 * object reuse occurs. The full product is {@code weir-it/goldens weir}.
 */
class DifferentialIT {
    private final Differential differential = new Differential(new WeirHost(), Path.of("src/test/resources"));

    @TestFactory
    Stream<DynamicContainer> everyProgramGivesFlinksAnswer() {
        List<Program> programs = Programs.all();
        List<DynamicContainer> containers = new ArrayList<>();
        for (int i = 0; i < programs.size(); i++) {
            Program program = programs.get(i);
            containers.add(DynamicContainer.dynamicContainer(
                    program.name(),
                    Differential.pairwise(i).stream()
                            .map(mode -> DynamicTest.dynamicTest(mode.toString(), () -> check(program, mode)))));
        }
        return containers.stream();
    }

    private void check(Program program, Mode mode) throws Exception {
        assertThat(differential.difference(program, mode)).isEmpty();
    }
}
