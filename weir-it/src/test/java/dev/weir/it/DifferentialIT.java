package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.harness.Differential;
import dev.weir.it.harness.ExplainedHost;
import dev.weir.it.harness.Mode;
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
 * Every program of the suite on Weir against Flink's stored answers, in modes such that each program meets each
 * parallelism, object reuse off and on, native twins and Flink's operators. The full product is {@code weir-it/goldens weir}.
 * In its first native mode a program is also explained, and what is built must be what {@code weir run --explain} says.
 */
class DifferentialIT {
    private static final Path RESOURCES = Path.of("src/test/resources");

    private final Differential differential = new Differential(new WeirHost(), RESOURCES);

    @TestFactory
    Stream<DynamicContainer> everyProgramGivesFlinksAnswer() {
        List<Program> programs = Programs.all();
        List<DynamicContainer> containers = new ArrayList<>();
        for (int i = 0; i < programs.size(); i++) {
            containers.add(DynamicContainer.dynamicContainer(
                    programs.get(i).name(), tests(programs.get(i), Mode.pairwise(i))));
        }
        return containers.stream();
    }

    private Stream<DynamicTest> tests(Program program, List<Mode> modes) {
        Mode explained = modes.stream().filter(Mode::natively).findFirst().orElseThrow();
        return modes.stream()
                .map(mode -> DynamicTest.dynamicTest(
                        mode.toString(),
                        mode.equals(explained) ? () -> explain(program, mode) : () -> check(program, mode)));
    }

    private void check(Program program, Mode mode) throws Exception {
        assertThat(differential.difference(program, mode)).isEmpty();
    }

    private static void explain(Program program, Mode mode) throws Exception {
        try (ExplainedHost host = new ExplainedHost()) {
            assertThat(new Differential(host, RESOURCES).difference(program, mode))
                    .isEmpty();
            boolean whole = host.allFinished();
            List<String> explained = new ArrayList<>(host.explained());
            List<String> built = host.built();
            if (whole) {
                assertThat(built).containsExactlyInAnyOrderElementsOf(explained);
            } else {
                // a job that failed or was cancelled may have ended before the last chain was built
                built.forEach(
                        line -> assertThat(explained.remove(line)).as(line).isTrue());
            }
        }
    }
}
