package dev.weir.it.interchange;

import dev.weir.it.interchange.job.Journey;
import dev.weir.it.interchange.job.KeyedStates;
import dev.weir.it.interchange.job.Numbers;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** What the journey's program writes, computed from the numbers alone. Counts that are told in parts are not in it. */
final class Expected {
    private final List<String> lines = new ArrayList<>();

    private Expected() {}

    static List<String> lines() {
        Expected expected = new Expected();
        for (long key = 0; key < Journey.KEYS; key++) {
            List<Long> numbers = numbers(key);
            expected.states(key, numbers);
            expected.windows(key, numbers);
            expected.sessions(key, numbers);
            expected.ruled(key, numbers);
            for (int i = 0; i < numbers.size() / 5; i++) {
                expected.lines.add("five " + key);
            }
            for (int i = 1; i < numbers.size(); i++) {
                expected.lines.add("joined " + numbers.get(i - 1) + " " + numbers.get(i));
            }
        }
        LongStream.range(0, Numbers.COUNT).forEach(number -> expected.lines.add("call " + number));
        return expected.lines;
    }

    private static List<Long> numbers(long key) {
        return LongStream.range(0, Numbers.COUNT)
                .filter(number -> Journey.key(number) == key)
                .boxed()
                .toList();
    }

    private void states(long key, List<Long> numbers) {
        lines.add("processing-time timer " + key);
        Set<Long> periods = new LinkedHashSet<>();
        Set<Long> hundreds = new LinkedHashSet<>();
        Map<String, Long> parities = new TreeMap<>();
        long sum = 0;
        for (long number : numbers) {
            periods.add(number * Journey.MILLIS / KeyedStates.PERIOD_MILLIS);
            hundreds.add(number / 100);
            parities.merge(number / Journey.KEYS % 2 == 0 ? "even" : "odd", number, Long::sum);
            sum += number;
        }
        for (long period : periods) {
            lines.add("event-time timer " + key + " " + (period + 1) * KeyedStates.PERIOD_MILLIS);
        }
        List<String> entries = numbers.stream()
                .filter(number -> number % 50 < Journey.KEYS)
                .map(String::valueOf)
                .toList();
        lines.add(KeyedStates.line(
                key,
                numbers.size(),
                entries,
                parities,
                numbers.get(numbers.size() - 1),
                sum + "/" + numbers.size(),
                sum,
                hundreds.size()));
    }

    private void windows(long key, List<Long> numbers) {
        Map<Long, Long> tumbling = new TreeMap<>();
        Map<Long, Long> sliding = new TreeMap<>();
        for (long number : numbers) {
            tumbling.merge(number / Journey.WINDOW * Journey.WINDOW, number, Long::sum);
            long last = number / Journey.SLIDE * Journey.SLIDE;
            sliding.merge(last, number, Long::sum);
            sliding.merge(last - Journey.SLIDE, number, Long::sum);
        }
        tumbling.forEach((start, sum) -> lines.add("window " + key + " " + start * Journey.MILLIS + " " + sum));
        sliding.forEach((start, sum) -> lines.add("slide " + key + " " + start * Journey.MILLIS + " " + sum));
    }

    private void sessions(long key, List<Long> numbers) {
        List<Long> in = numbers.stream().filter(Journey::inSession).toList();
        long start = in.get(0);
        long sum = 0;
        for (int i = 0; i < in.size(); i++) {
            if (i > 0 && in.get(i) - in.get(i - 1) > Journey.GAP) {
                lines.add("session " + key + " " + start * Journey.MILLIS + " " + sum);
                start = in.get(i);
                sum = 0;
            }
            sum += in.get(i);
        }
        lines.add("session " + key + " " + start * Journey.MILLIS + " " + sum);
    }

    private void ruled(long key, List<Long> numbers) {
        List<String> rules = LongStream.range(0, Numbers.COUNT)
                .filter(number -> number % Journey.RULES == 0)
                .mapToObj(number -> "rule " + number)
                .toList();
        lines.add("ruled " + key + " " + numbers.size() + " by " + rules);
    }
}
