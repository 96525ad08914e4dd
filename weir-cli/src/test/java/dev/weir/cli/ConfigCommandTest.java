package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.config.KnownKeys;
import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

class ConfigCommandTest {
    private final Invocation weir = new Invocation();

    private static Map<String, ConfigOption<?>> options() throws IOException {
        return ConfigCommand.options(System.getProperty("java.class.path"));
    }

    /** As it is, and as it should be: told so that whoever adds an option can put it there. */
    private static void assertUpToDate(Path file, List<String> lines) throws IOException {
        if (System.getProperty("weir.regenerate") != null) {
            Files.write(file, lines);
        }
        assertThat(Files.readAllLines(file))
                .as("%s, which the test writes where it is run with -Dweir.regenerate", file)
                .isEqualTo(lines);
    }

    @Test
    void theListOfKeysIsUpToDate() throws Exception {
        assertUpToDate(
                Path.of("../weir-flink/src/main/resources/dev/weir/flink/config/keys.txt"), KnownKeys.of(options()));
    }

    @Test
    void theReferenceIsUpToDate() throws Exception {
        weir.run("config", "--markdown");
        assertUpToDate(Path.of("../docs/configuration.md"), weir.out().lines().toList());
    }

    @Test
    void keysBelowOneAreTold() {
        weir.run("config", "rest.flamegraph");
        assertThat(weir.out().lines())
                .hasSizeBetween(4, 8)
                .anyMatch(line -> line.startsWith("rest.flamegraph.enabled "))
                .noneMatch(line -> line.startsWith("rest.port"));
    }

    @Test
    void keysAreKnownByNameByOldNameAndAsPartOfAValue() {
        KnownKeys known = KnownKeys.read();

        assertThat(List.of(
                        "parallelism.default",
                        "taskmanager.memory.size",
                        "taskmanager.heap.mb",
                        "taskmanager.memory.managed.consumer-weights.OPERATOR",
                        "pipeline.global-job-parameters.threshold",
                        "metrics.reporter.prom.factory.class",
                        "s3.access-key",
                        "weir.rest.token"))
                .allMatch(known::isKnown);
        assertThat(List.of("parallelism.defualt", "parallelism.default.map", "state.backend.typ", "weir.rest", "x"))
                .noneMatch(known::isKnown);
        assertThat(known.nearest("state.backend.typ")).isEqualTo("state.backend.type");
    }

    @Test
    void everyKeyHasAVerdictAndEveryVerdictAKey() throws Exception {
        Map<String, ConfigOption<?>> options = options();
        Verdicts verdicts = Verdicts.read();

        assertThat(options).hasSizeGreaterThan(500).containsKeys("parallelism.default", "state.backend.type");
        assertThat(options.keySet())
                .allSatisfy(key -> assertThat(verdicts.of(key)).as(key).isPresent());
        Set<Verdict> used = new HashSet<>();
        options.keySet().forEach(key -> verdicts.of(key).ifPresent(used::add));
        assertThat(verdicts.all())
                .filteredOn(verdict -> !used.contains(verdict))
                .as("verdicts without a key")
                .isEmpty();
    }

    @Test
    void whatIsNotHonouredHasAReason() {
        assertThat(Verdicts.read().all())
                .filteredOn(verdict -> verdict.kind() != Verdict.Kind.HONOURED)
                .allSatisfy(verdict ->
                        assertThat(verdict.reason()).as(verdict.pattern()).isNotEmpty());
    }

    @Test
    void aKeyIsTold() {
        weir.run("config", "taskmanager.memory.process.size");
        assertThat(weir.code()).isZero();
        assertThat(weir.out()).contains("honoured", "see weir memory", "Default: none");

        weir.run("config", "taskmanager.memory.size");
        assertThat(weir.out())
                .contains("taskmanager.memory.managed.size", "taskmanager.memory.size is an old name of it.");

        weir.run("config", "paralelism.default");
        assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
        assertThat(weir.err()).contains("the nearest is parallelism.default");
    }

    @Test
    void allKeysAreTold() {
        weir.run("config");

        assertThat(weir.out().lines())
                .hasSizeGreaterThan(500)
                .anyMatch(line -> line.matches("state\\.backend\\.type +mapped +.*heap.*"))
                .noneMatch(line -> line.contains("  none  "));
    }
}
