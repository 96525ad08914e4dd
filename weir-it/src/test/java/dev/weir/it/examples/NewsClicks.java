package dev.weir.it.examples;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What Flink's example CountNewsClicks prints of its table, given where its watermarks fall. It sends one each 200 ms by
 * the clock, ten seconds behind the latest timestamp, so where they fall among the records hangs on the machine's pace.
 */
final class NewsClicks {
    private static final long HOUR = 3_600_000;
    private static final long OUT_OF_ORDER = 10_000;

    private record Event(int news, long timestamp, boolean publish) {}

    /** A news' state of the example's function, and its timers. */
    private static final class News {
        Long published;
        long clicks;
        final List<Long> pending = new ArrayList<>();
        final TreeMap<Long, Boolean> timers = new TreeMap<>();
    }

    private final List<Event> events = new ArrayList<>();

    NewsClicks(List<String> table) {
        for (String line : table) {
            String[] fields = line.split(", *");
            events.add(new Event(Integer.parseInt(fields[0]), Long.parseLong(fields[1]), fields[2].equals("PUBLISH")));
        }
    }

    /** Whether these sorted lines are what is printed with at most two watermarks among the records. */
    boolean mayPrint(List<String> sorted) {
        for (int first = 0; first < events.size(); first++) {
            for (int second = first; second < events.size(); second++) {
                if (printed(first, second).equals(sorted)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The sorted lines with a watermark before each of these two records; before record 0 there is none to send. */
    private List<String> printed(int first, int second) {
        Map<Integer, News> all = new HashMap<>();
        List<String> lines = new ArrayList<>();
        long latest = Long.MIN_VALUE + OUT_OF_ORDER;
        long watermark = Long.MIN_VALUE;
        for (int i = 0; i < events.size(); i++) {
            if (i == first || i == second) {
                watermark = latest - OUT_OF_ORDER;
                advance(all, watermark, lines);
            }
            Event event = events.get(i);
            latest = Math.max(latest, event.timestamp);
            process(all.computeIfAbsent(event.news, news -> new News()), event, watermark);
        }
        advance(all, Long.MAX_VALUE, lines);
        return lines.stream().sorted().toList();
    }

    private static void process(News news, Event event, long watermark) {
        long anHourLater = event.timestamp + HOUR;
        if (event.publish) {
            if (watermark <= anHourLater) {
                news.published = event.timestamp;
                news.clicks += news.pending.stream()
                        .filter(click -> click <= anHourLater)
                        .count();
                news.timers.put(anHourLater, true);
            }
        } else if (news.published == null) {
            news.pending.add(event.timestamp);
            news.timers.put(anHourLater, true);
        } else if (event.timestamp <= news.published + HOUR) {
            news.clicks++;
        }
    }

    private static void advance(Map<Integer, News> all, long watermark, List<String> lines) {
        all.forEach((id, news) -> {
            while (!news.timers.isEmpty() && news.timers.firstKey() <= watermark) {
                news.timers.pollFirstEntry();
                if (news.published != null) {
                    lines.add(id + "," + news.clicks);
                }
                news.published = null;
                news.clicks = 0;
                news.pending.clear();
            }
        });
    }
}
