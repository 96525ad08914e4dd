package dev.weir.bench.large;

/** A POJO as Flink knows it, of about 120 bytes when it is serialized. */
public final class Profile {
    public long user;
    public String name = "";
    public String city = "";
    public String mail = "";
    public long visits;
    public long first;
    public long last;
    public double spent;

    /** For Flink. */
    public Profile() {}

    static Profile of(long user, long now) {
        Profile profile = new Profile();
        profile.user = user;
        profile.name = "A. N. Other the " + user;
        profile.city = "Springfield";
        profile.mail = user + "@mail.example.org";
        profile.first = now;
        return profile;
    }
}
