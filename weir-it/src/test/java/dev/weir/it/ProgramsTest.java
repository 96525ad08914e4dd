package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.harness.Differential;
import dev.weir.it.harness.Differential.Mode;
import dev.weir.it.harness.Program;
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
    void pairwiseModesCoverEachPairOverTwoNeighbours() {
        Set<Mode> modes = new HashSet<>(Differential.pairwise(0));
        modes.addAll(Differential.pairwise(1));
        assertThat(modes).containsExactlyInAnyOrderElementsOf(Differential.product());
    }
}
