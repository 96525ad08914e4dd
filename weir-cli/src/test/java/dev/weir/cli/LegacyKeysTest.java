package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.config.LegacyKeys;
import dev.weir.flink.config.OptionKeys;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

/** The tables of docs/legacy.md, held to Flink's own options and classes. */
class LegacyKeysTest {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private static Map<String, String> rows(String section) throws Exception {
        String text = Files.readString(Path.of("..", "docs", "legacy.md"));
        String table = text.substring(text.indexOf("## " + section)).split("\n## ")[0];
        Map<String, String> rows = new TreeMap<>();
        table.lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            String[] cells = line.split("\\|", 3);
            rows.put(cells[1].strip(), cells[2].strip());
        });
        return rows;
    }

    private static List<String> code(String text) {
        Matcher matcher = CODE.matcher(text);
        return matcher.results().map(found -> found.group(1)).toList();
    }

    private static boolean isOldNameOf(String old, ConfigOption<?> option) {
        return option != null
                && StreamSupport.stream(option.fallbackKeys().spliterator(), false)
                        .anyMatch(fallback -> fallback.getKey().equals(old));
    }

    @Test
    void everyOldKeyIsReadByAnotherNameOrToldOfInOneLine() throws Exception {
        Map<String, ConfigOption<?>> options = OptionKeys.of(Installation.classpath());
        Map<String, String> keys = rows("Keys");
        assertThat(keys).hasSizeGreaterThan(20);

        keys.forEach((cell, today) -> {
            String old = code(cell).get(0);
            List<String> lines = LegacyKeys.in(new Configuration().set(option(old), "17"));
            assertThat(options).as(old).doesNotContainKey(old);
            if (today.startsWith("dropped")) {
                assertThat(options.values()).as(old).noneMatch(option -> isOldNameOf(old, option));
                assertThat(lines).as(old).hasSize(1);
                assertThat(lines.get(0)).startsWith(old + "=17: a key of an earlier Flink; ");
            } else {
                assertThat(lines).as(old).isEmpty();
                assertThat(code(today)).isNotEmpty().allSatisfy(key -> assertThat(isOldNameOf(old, options.get(key)))
                        .as(old + " is an old name of " + key)
                        .isTrue());
            }
        });
        assertThat(LegacyKeys.in(new Configuration())).isEmpty();
    }

    private static ConfigOption<String> option(String key) {
        return org.apache.flink.configuration.ConfigOptions.key(key)
                .stringType()
                .noDefaultValue();
    }

    @Test
    void theCallsAreGoneAndTheirKeysAreThere() throws Exception {
        Map<String, ConfigOption<?>> options = OptionKeys.of(Installation.classpath());
        List<String> methods = Arrays.stream(new Class<?>[] {StreamExecutionEnvironment.class, CheckpointConfig.class})
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .map(Method::getName)
                .toList();

        rows("Calls").forEach((call, today) -> {
            for (String each : code(call)) {
                if (!each.startsWith("backend.") && !each.startsWith("new ")) {
                    String name = each.replaceAll("\\(.*", "").replaceAll(".*\\.", "");
                    assertThat(methods).as(each).doesNotContain(name);
                }
            }
            String key = today.substring(today.indexOf('|'));
            for (String each : code(key)) {
                assertThat(options).as(call).containsKey(each.split(":")[0]);
            }
        });
        assertThat(methods).contains("setExternalizedCheckpointRetention", "setTolerableCheckpointFailureNumber");
    }

    @Test
    void theConfigCommandTellsOfThem() {
        Invocation weir = new Invocation();
        weir.run("config", "state.backend.async");
        assertThat(weir.code()).isZero();
        assertThat(weir.out())
                .contains("a key of an earlier Flink; no effect: snapshots of state are asynchronous always");
    }
}
