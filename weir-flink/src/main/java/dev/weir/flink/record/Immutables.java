package dev.weir.flink.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.api.common.typeutils.base.CharSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.EnumSerializer;
import org.apache.flink.api.common.typeutils.base.FloatSerializer;
import org.apache.flink.api.common.typeutils.base.InstantSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LocalDateSerializer;
import org.apache.flink.api.common.typeutils.base.LocalDateTimeSerializer;
import org.apache.flink.api.common.typeutils.base.LocalTimeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.ShortSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.VoidSerializer;
import org.jspecify.annotations.Nullable;

/** The closed lists of what is handed on as it is. */
final class Immutables {
    private static final Map<Class<?>, PassThrough> BY_SERIALIZER = Map.ofEntries(
            Map.entry(StringSerializer.class, new PassThrough(String.class, true)),
            Map.entry(BooleanSerializer.class, new PassThrough(Boolean.class, false)),
            Map.entry(ByteSerializer.class, new PassThrough(Byte.class, false)),
            Map.entry(ShortSerializer.class, new PassThrough(Short.class, false)),
            Map.entry(IntSerializer.class, new PassThrough(Integer.class, false)),
            Map.entry(LongSerializer.class, new PassThrough(Long.class, false)),
            Map.entry(FloatSerializer.class, new PassThrough(Float.class, false)),
            Map.entry(DoubleSerializer.class, new PassThrough(Double.class, false)),
            Map.entry(CharSerializer.class, new PassThrough(Character.class, false)),
            Map.entry(VoidSerializer.class, new PassThrough(Void.class, true)),
            Map.entry(InstantSerializer.class, new PassThrough(Instant.class, true)),
            Map.entry(LocalDateSerializer.class, new PassThrough(LocalDate.class, true)),
            Map.entry(LocalTimeSerializer.class, new PassThrough(LocalTime.class, true)),
            Map.entry(LocalDateTimeSerializer.class, new PassThrough(LocalDateTime.class, true)));

    /** Classes whose instances Kryo's own serializers reproduce; matched exactly, so subclasses are not meant. */
    private static final Set<Class<?>> UNDER_KRYO = Set.of(
            String.class,
            Boolean.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            Character.class,
            BigInteger.class,
            BigDecimal.class,
            UUID.class,
            Instant.class,
            Duration.class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class);

    private Immutables() {}

    /** How values of this serializer are handed on, or null if not all of them may be. */
    static @Nullable PassThrough passThrough(TypeSerializer<?> serializer, CopyLaw law) {
        if (serializer.getClass() == EnumSerializer.class) {
            Class<?> enumClass = SerializerParts.enumClass((EnumSerializer<?>) serializer);
            return enumClass == null ? null : new PassThrough(enumClass, law == CopyLaw.SERIALIZER_COPY);
        }
        PassThrough pass = BY_SERIALIZER.get(serializer.getClass());
        return pass != null && law == CopyLaw.SERIALIZER_COPY ? new PassThrough(pass.type(), true) : pass;
    }

    /** Whether values of exactly this class need no copy where Kryo's own serializer is in charge of them. */
    static boolean underKryo(Class<?> type) {
        return UNDER_KRYO.contains(type) || type.isEnum();
    }
}
