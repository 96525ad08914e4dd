package dev.weir.server;

import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rest.messages.ConfigurationInfo;
import org.apache.flink.runtime.rest.messages.ConfigurationInfoEntry;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Answers {@code /weir/config}: each key that is set, with its value, masked as Flink masks it, and what it means on Weir; and
 * what all of Flink's keys mean. Thread-safe.
 */
final class ConfigPage extends TextPage {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String UNKNOWN = "unknown";

    private final Configuration configuration;

    ConfigPage(Configuration configuration, Executor executor) {
        super("/weir/config", executor);
        this.configuration = configuration;
    }

    /** A key with its value and its verdict's name and reason. */
    record SetOption(String key, String value, String verdict, String reason) {}

    /** A verdict as it is told. */
    record Meaning(String pattern, String verdict, String reason) {}

    /** What is answered. */
    record Told(List<SetOption> options, List<Meaning> verdicts) {}

    @Override
    Answer answer(Map<String, String> parts) throws IOException {
        Verdicts verdicts = Verdicts.read();
        List<SetOption> options = ConfigurationInfo.from(configuration).stream()
                .map(entry -> option(entry, verdicts.of(entry.getKey())))
                .sorted(Comparator.comparing(SetOption::key))
                .toList();
        List<Meaning> meanings = verdicts.all().stream()
                .map(each -> new Meaning(each.pattern(), each.kind().text(), each.reason()))
                .toList();
        return Answer.of("application/json; charset=UTF-8", MAPPER.writeValueAsString(new Told(options, meanings)));
    }

    private static SetOption option(ConfigurationInfoEntry entry, Optional<Verdict> verdict) {
        String key = entry.getKey();
        return new SetOption(
                key,
                entry.getValue(),
                verdict.map(found -> found.kind().text()).orElse(UNKNOWN),
                verdict.map(Verdict::reason).orElse("Flink has no such key, as far as is known"));
    }
}
