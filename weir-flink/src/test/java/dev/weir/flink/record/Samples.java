package dev.weir.flink.record;

import dev.weir.flink.record.elsewhere.Distant;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.types.Either;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** Random animals. */
@SuppressWarnings("JavaUtilDate")
final class Samples {
    private final Random random;

    Samples(long seed) {
        this.random = new Random(seed);
    }

    <T> T orNull(Supplier<T> value) {
        return random.nextInt(4) == 0 ? null : value.get();
    }

    int number() {
        return random.nextInt();
    }

    boolean coin() {
        return random.nextBoolean();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append((char) random.nextInt(Character.MAX_VALUE));
        }
        return text.toString();
    }

    <T> List<T> list(Supplier<T> item) {
        List<T> list = coin() ? new ArrayList<>() : new CopyOnWriteArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(item.get());
        }
        return list;
    }

    <T> Map<String, T> map(Supplier<T> item) {
        Map<String, T> map = new TreeMap<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            map.put(text(), item.get());
        }
        return map;
    }

    int[] ints() {
        return random.ints(random.nextInt(4)).toArray();
    }

    Zoo.Colour colour() {
        return coin() ? Zoo.Colour.RED : Zoo.Colour.GREEN;
    }

    Zoo.Bean3 bean3() {
        Zoo.Bean3 bean = new Zoo.Bean3();
        bean.text = orNull(this::text);
        bean.items = orNull(() -> list(this::text));
        return bean;
    }

    Zoo.Legacy legacy() {
        Zoo.Legacy legacy = new Zoo.Legacy();
        legacy.kept = "k" + random.nextInt(100_000);
        legacy.dropped = text();
        return legacy;
    }

    Zoo.Point point() {
        return new Zoo.Point(number(), random.nextLong(), orNull(this::text));
    }

    Zoo.Trip trip() {
        return new Zoo.Trip(
                orNull(this::text), orNull(() -> list(this::number)), random.nextDouble(), orNull(this::bean3), coin());
    }

    Zoo.Bean2 bean2() {
        Zoo.Bean2 bean = new Zoo.Bean2();
        bean.bool = coin();
        bean.tiny = (byte) number();
        bean.small = (short) number();
        bean.letter = (char) number();
        bean.number = number();
        bean.large = random.nextLong();
        bean.single = random.nextFloat();
        bean.real = random.nextInt(5) == 0 ? Double.NaN : random.nextDouble();
        bean.boxed = orNull(random::nextDouble);
        bean.date = orNull(() -> coin() ? new Date(number()) : new java.sql.Timestamp(number()));
        bean.stamp = orNull(() -> new java.sql.Timestamp(number()));
        bean.decimal = orNull(this::decimal);
        bean.integer = orNull(() -> new BigInteger(70, random));
        bean.instant = orNull(() -> Instant.ofEpochSecond(number(), 5));
        bean.day = orNull(() -> LocalDate.ofEpochDay(random.nextInt(100_000)));
        bean.time = orNull(() -> LocalDateTime.of(2020, 1, 1, random.nextInt(24), 3, 4, 5));
        bean.ints = orNull(this::ints);
        bean.strings = orNull(() -> new String[] {text(), null});
        bean.beans = orNull(() -> new Zoo.Bean3[] {bean3(), null});
        bean.list = orNull(() -> list(this::bean3));
        bean.map = orNull(() -> map(this::bean3));
        bean.anything = orNull(this::anything);
        bean.tuple = orNull(() -> Tuple2.of(orNull(this::text), ints()));
        bean.point = orNull(this::point);
        bean.legacy = orNull(this::legacy);
        bean.either = orNull(this::either);
        return bean;
    }

    Either<String, Zoo.Bean3> either() {
        return coin() ? Either.Left(text()) : Either.Right(bean3());
    }

    BigDecimal decimal() {
        return coin() ? BigDecimal.TEN : coin() ? new BigDecimal("12.340") : new Cents(number());
    }

    Object anything() {
        return switch (random.nextInt(5)) {
            case 0 -> text();
            case 1 -> number();
            case 2 -> new ArrayList<>(Arrays.asList(text(), number()));
            case 3 -> new BigDecimal(number());
            default -> opaque();
        };
    }

    Zoo.Opaque opaque() {
        return new Zoo.Opaque().add(text()).add(number()).add(new ArrayList<>(Arrays.asList(1, 2)));
    }

    <B extends Zoo.Bean> B bean(B bean) {
        bean.setNumber(number());
        bean.setName(orNull(this::text));
        bean.setBoxed(orNull(random::nextLong));
        bean.setColour(orNull(this::colour));
        bean.setNested(orNull(this::bean2));
        bean.cache(text());
        bean.scratch = ints();
        return bean;
    }

    Zoo.Bean anyBean() {
        return switch (random.nextInt(4)) {
            case 0 -> {
                Zoo.SubBean sub = bean(new Zoo.SubBean());
                sub.extra = random.nextDouble();
                sub.more = orNull(this::bean3);
                yield sub;
            }
            case 1 -> {
                Zoo.OtherBean other = bean(new Zoo.OtherBean());
                other.extras = orNull(() -> list(this::number));
                yield other;
            }
            case 2 -> {
                Zoo.OpaqueBean opaque = bean(new Zoo.OpaqueBean());
                opaque.add(text());
                yield opaque;
            }
            default -> bean(new Zoo.Bean());
        };
    }

    Zoo.Near near() {
        Zoo.Near near = new Zoo.Near();
        near.setOwn((short) number());
        near.open = number();
        near.text = orNull(this::text);
        near.setHidden(random.nextLong());
        near.setDetail(orNull(() -> {
            Distant.Detail detail = new Distant.Detail();
            detail.weight = random.nextDouble();
            detail.counts = orNull(this::ints);
            return detail;
        }));
        near.note(text());
        return near;
    }

    Zoo.Shape shape(int depth) {
        if (depth == 0 || coin()) {
            Zoo.Circle circle = new Zoo.Circle();
            circle.label = orNull(this::text);
            circle.radius = random.nextDouble();
            return circle;
        }
        Zoo.Group group = new Zoo.Group();
        group.label = orNull(this::text);
        group.first = orNull(() -> shape(depth - 1));
        group.sizes = orNull(this::ints);
        return group;
    }

    private RowKind kind() {
        return RowKind.fromByteValue((byte) random.nextInt(4));
    }

    Row row() {
        Row row = new Row(kind(), 4);
        row.setField(0, orNull(this::text));
        row.setField(1, orNull(this::number));
        row.setField(2, orNull(() -> bean(new Zoo.Bean())));
        row.setField(3, orNull(this::ints));
        return row;
    }

    Row namedRow() {
        Row row = Row.withNames(kind());
        row.setField("c", orNull(() -> bean(new Zoo.Bean())));
        row.setField("a", orNull(this::text));
        if (coin()) {
            row.setField("b", orNull(this::number));
        }
        return row;
    }

    /** A decimal that is no longer one after a round trip. */
    static final class Cents extends BigDecimal {
        private static final long serialVersionUID = 1L;
        private int[] mutable = {5};

        Cents(int cents) {
            this(BigInteger.valueOf(cents), 2);
        }

        /** What Kryo looks for. */
        public Cents(BigInteger unscaled, int scale) {
            super(unscaled, scale);
        }

        int first() {
            return mutable[0];
        }
    }
}
