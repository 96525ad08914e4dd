package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.harness.Mode;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.WeirHost;
import dev.weir.it.programs.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That the suite is what it says it is. */
class ProgramsTest {
    @Test
    void thereAreAtLeastEightyProgramsOfDifferentNames() {
        List<String> names = Programs.all().stream().map(Program::name).toList();
        assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(80);
    }

    @Test
    void everyGoldenBelongsToAProgram() throws IOException {
        Set<String> names =
                new HashSet<>(Programs.all().stream().map(Program::name).toList());
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/goldens/flink-2.3.0"))) {
            assertThat(files.map(file -> file.getFileName().toString().replaceFirst("(\\.p\\d)?\\.txt$", "")))
                    .allSatisfy(name -> assertThat(names).contains(name));
        }
    }

    @Test
    void everyProgramRunsBothWaysAndFourNeighboursInEveryMode() {
        Set<Mode> modes = new HashSet<>();
        for (int program = 0; program < 4; program++) {
            List<Mode> own = Mode.pairwise(program);
            assertThat(own).extracting(Mode::parallelism).containsExactly(1, 2, 3);
            assertThat(own).extracting(Mode::objectReuse).contains(true, false);
            assertThat(own).extracting(Mode::natively).contains(true, false);
            modes.addAll(own);
        }
        try (WeirHost host = new WeirHost()) {
            assertThat(modes).containsExactlyInAnyOrderElementsOf(Mode.product(host));
        }
    }
}
