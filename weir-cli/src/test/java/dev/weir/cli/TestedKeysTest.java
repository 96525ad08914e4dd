package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.client.WeirTarget;
import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import dev.weir.flink.memory.NetworkOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MetricOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whoever calls a key honoured has a test for it: each is named in some test, as text, in two parts, or by the constant of
 * its option. That the test sees an effect is for its author to say.
 */
class TestedKeysTest {
    private static final Pattern IMPORT = Pattern.compile("import (?:static )?([\\w.]+\\.(\\w*Options\\w*))[;.]");
    private static final Pattern CONSTANT =
            Pattern.compile("(?:(\\w*Options\\w*|WeirTarget)\\.)?\\b([A-Z][A-Z_]{3,})\\b");

    private static final String WORD_END = "(?![\\w-]|\\.\\w)";

    private static final String REPORTER = "\"metrics\\.reporter\\.[\\w-]+\\.";

    /** Without {@code metrics.reporter.<name>.}, where the last is any other. */
    private static final Set<String> OF_REPORTERS = Stream.of(
                    MetricOptions.REPORTER_FACTORY_CLASS,
                    MetricOptions.REPORTER_INTERVAL,
                    MetricOptions.REPORTER_SCOPE_DELIMITER,
                    MetricOptions.REPORTER_ADDITIONAL_VARIABLES,
                    MetricOptions.REPORTER_EXCLUDED_VARIABLES,
                    MetricOptions.REPORTER_INCLUDES,
                    MetricOptions.REPORTER_EXCLUDES,
                    MetricOptions.REPORTER_CONFIG_PARAMETER)
            .map(ConfigOption::key)
            .collect(Collectors.toUnmodifiableSet());

    /** Keys whose effect no small test sees. */
    private static final Set<String> EXCEPTIONS = Set.of(
            // how often a thread of RocksDB asks for the time
            "state.backend.rocksdb.compaction.filter.query-time-after-num-entries",
            // only how soon what is not read any more is gone
            "state.backend.rocksdb.rescaling.use-delete-files-in-range",
            // only how fast files are moved
            "state.backend.rocksdb.checkpoint.transfer.thread.num");

    private static List<String> sources() throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(tests)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> !file.endsWith("TestedKeysTest.java"))
                            .map(TestedKeysTest::read)
                            .forEach(sources::add);
                }
            }
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keys of options by the constants that a source names. */
    private static Set<String> byConstant(String source) {
        Map<String, String> imported = new HashMap<>();
        for (Class<?> own : List.of(NetworkOptions.class, WeirTarget.class)) {
            imported.put(own.getSimpleName(), own.getName());
        }
        Matcher imports = IMPORT.matcher(source);
        while (imports.find()) {
            imported.put(imports.group(2), imports.group(1));
        }
        Set<String> keys = new TreeSet<>();
        Matcher constants = CONSTANT.matcher(source);
        while (constants.find()) {
            String type = constants.group(1);
            for (String each : type == null ? imported.keySet() : Set.of(type)) {
                keyOf(imported.getOrDefault(each, "dev.weir.none"), constants.group(2), keys);
            }
        }
        // nothing without the reporter's name
        keys.removeAll(OF_REPORTERS);
        return keys;
    }

    private static void keyOf(String type, String constant, Set<String> keys) {
        try {
            if (Class.forName(type).getField(constant).get(null) instanceof ConfigOption<?> option) {
                keys.add(option.key());
            }
        } catch (ReflectiveOperationException | LinkageError e) {
            // a constant of something else, or of a class that is not there
        }
    }

    private static boolean names(String source, String key) {
        if (OF_REPORTERS.contains(key)) {
            return namesOfReporter(source, key);
        }
        if (hasWord(source, key)) {
            return true;
        }
        for (int dot = key.indexOf('.'); dot > 0; dot = key.indexOf('.', dot + 1)) {
            if (source.contains(key.substring(0, dot + 1) + '"') && hasWord(source, key.substring(dot + 1))) {
                return true;
            }
        }
        return false;
    }

    /** Behind the name of some reporter, the rest perhaps as another text. */
    private static boolean namesOfReporter(String source, String key) {
        if (key.equals(MetricOptions.REPORTER_CONFIG_PARAMETER.key())) {
            return find(source, REPORTER + "(?!(" + String.join("|", OF_REPORTERS) + ")\\W)[\\w-]+\"");
        }
        if (find(source, REPORTER + Pattern.quote(key) + WORD_END)) {
            return true;
        }
        return IntStream.range(0, key.length())
                .filter(rest -> rest == 0 || key.charAt(rest - 1) == '.')
                .anyMatch(rest -> find(source, REPORTER + Pattern.quote(key.substring(0, rest)) + "\"")
                        && find(source, "\"" + Pattern.quote(key.substring(rest)) + WORD_END));
    }

    private static boolean find(String source, String pattern) {
        return Pattern.compile(pattern).matcher(source).find();
    }

    private static boolean hasWord(String source, String part) {
        return source.contains(part) && find(source, "(?<![\\w.-])" + Pattern.quote(part) + WORD_END);
    }

    @Test
    void everyHonouredKeyIsNamedInATest() throws Exception {
        Verdicts verdicts = Verdicts.read();
        Set<String> untested = new TreeSet<>(
                ConfigCommand.options(System.getProperty("java.class.path")).keySet());
        untested.removeIf(key -> verdicts.of(key).orElseThrow().kind() != Verdict.Kind.HONOURED);
        assertThat(untested).hasSizeGreaterThan(200).containsAll(EXCEPTIONS);
        for (String source : sources()) {
            Set<String> named = byConstant(source);
            untested.removeIf(key -> named.contains(key) || names(source, key));
        }
        assertThat(untested).isSubsetOf(EXCEPTIONS);
    }

    @ParameterizedTest
    @CsvSource({
        "interval, 'set(\"metrics.reporter.mine.interval\", \"1 s\")', true",
        "interval, 'set(\"metrics.reporter.mine.\" + key, ..) \"interval, 1 s\"', true",
        "interval, 'set(\"metrics.reporter.mine.\" + key, ..) \"metrics.latency.interval\"', false",
        "interval, 'set(\"execution.checkpointing.\" + key, ..) \"interval, 1 s\"', false",
        "interval, 'import org.apache.flink.configuration.MetricOptions; set(MetricOptions.REPORTER_INTERVAL, ..)', false",
        "scope.variables.excludes, 'set(\"metrics.reporter.mine.scope.variables.\" + \"excludes\")', true",
        "scope.variables.excludes, 'set(\"metrics.reporter.mine.scope.variables.\" + \"additional\")', false",
        "<parameter>, 'set(\"metrics.reporter.mine.port\")', true",
        "<parameter>, 'set(\"metrics.reporter.mine.interval\")', false",
    })
    void aKeyOfReportersIsNamedWithAReporter(String key, String source, boolean named) {
        assertThat(names(source, key) || byConstant(source).contains(key)).isEqualTo(named);
    }
}
