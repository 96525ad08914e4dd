package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.config.OptionKeys;
import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

class ConfigCommandTest {
    private final Invocation weir = new Invocation();

    @Test
    void everyKeyHasAVerdictAndEveryVerdictAKey() throws Exception {
        Map<String, ConfigOption<?>> options = OptionKeys.of(System.getProperty("java.class.path"));
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
