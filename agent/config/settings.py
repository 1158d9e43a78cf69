"""Every setting: its name, type, default and one line why. ``config.example.toml`` follows these models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from agent.config.approval import AccountApproval, Approval
from agent.config.belts import AMOUNTS, Belts
from agent.config.file_mapping import FileMapping
from agent.config.layers import Layer
from agent.config.notify import Notify
from agent.config.operator import ScopedValues, Section, SettingValues
from agent.config.page import Page
from agent.config.values import Address, Amount, MaybeDate, wrong
from agent.language import _
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.model.money import MICROS
from agent.model.setting import Scope

# Amazon: one endpoint serves each of three regions, of either API; a marketplace belongs to exactly one.
_REGIONS = {"NA": ("US", "CA", "MX", "BR"), "FE": ("JP", "AU", "SG")}
_SQLITE = "sqlite:///"
_MOST_SETTLE_MINUTES = 1_440

Param = bool | int | Amount | str


def region_of(marketplace: str) -> Literal["NA", "EU", "FE"]:
    """The region that serves a marketplace."""
    return "NA" if marketplace in _REGIONS["NA"] else "FE" if marketplace in _REGIONS["FE"] else "EU"


class Pull(Section):
    """``[pull]``: how facts are brought up to date."""

    days: int = Field(default=60, ge=1, le=400, description="How many days back the first pull reaches.")
    wait_seconds: int = Field(
        default=1800, ge=0, description="How long 'steward pull' waits for reports that are being prepared."
    )


class Schedule(Section):
    """``[schedule]``: how often 'steward run' does what."""

    turn_seconds: int = Field(default=20, ge=1, description="How often each account is looked at; writes happen then.")
    pull_minutes: int = Field(default=240, ge=1, description="Between two pulls of an account.")
    judge_minutes: int = Field(
        default=1440, ge=1, description="Between two judgings; one also follows every pull that brought news."
    )
    judge_changed: bool = Field(
        default=False,
        description="Gather figures only of what has changed since the last judging; the result is the same.",
    )
    expire_minutes: int = Field(default=15, ge=1, description="Between two looks for proposals past their time.")
    compact_hours: int = Field(default=24, ge=1, description="Between two compactions of the fact store.")
    keep_days: int = Field(
        default=0, ge=0, description="Days of figures that are kept; 0 keeps all. What is let go is unknown afterwards."
    )


class Act(Section):
    """``[act]``: how approved changes are carried out and read back."""

    settle_minutes: float = Field(
        default=10,
        allow_inf_nan=False,
        description="How long a sent change may take to become visible; not seen before is no proof.",
    )
    intent_seconds: float = Field(
        default=5,
        gt=0,
        le=300,
        description="What was written down to be sent and is older than this is given back unsent.",
    )
    give_up_minutes: float = Field(
        default=30, gt=0, le=10_080, description="A doubt that cannot be read back for this long is left to a person."
    )
    attempts: int = Field(default=3, ge=1, description="Sends without a definite answer before a person decides.")
    throttled_seconds: float = Field(
        default=120, ge=0, le=86_400, description="How long one pass waits in all for a source that says 'later'."
    )
    bulksheet_settle_days: float = Field(
        default=7, gt=0, le=90, description="How long a change in an uploaded file may take to show in a later export."
    )

    @field_validator("settle_minutes")
    @classmethod
    def _proves_something(cls, given: float) -> float:
        hint = _("leave it at 10 minutes unless the source says otherwise")
        if given <= 0:
            raise wrong(_("cannot be nothing: a change that is still on its way would be sent twice"), hint)
        if given > _MOST_SETTLE_MINUTES:
            raise wrong(_("is more than a day: nothing could be told in time"), hint)
        return given


class Log(Section):
    """``[log]``: what the program says about itself, on standard error."""

    format: Literal["auto", "json", "text"] = Field(
        default="auto", description="text on a terminal, json elsewhere; or always one of them."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important event that is written."
    )


class Audit(Section):
    """``[audit]``: what proves, outside the database, that the audit log was not rewritten."""

    key: str = Field(
        default="audit.key", min_length=1, description="File of the key that signs checkpoints; made when missing."
    )
    checkpoints: str = Field(
        default="checkpoints.txt", min_length=1, description="File that signed checkpoints are added to."
    )
    every_hours: int = Field(default=24, ge=1, description="Between two checkpoints of 'steward run'.")


class Keepa(Section):
    """``[accounts.NAME.keepa]``: prices, ranks and ratings of rivals, from a service outside Amazon."""

    enabled: bool = Field(default=False, description="true: Keepa is asked; Amazon's policy may forbid such services.")
    key: SecretStr = Field(default=SecretStr(""), description="The API key of your Keepa subscription.")
    most_asins: int = Field(
        default=100, ge=1, le=2000, description="So many products are asked for at most; 4 tokens each."
    )
    endpoint: Address = Field(default="", description="Another address of the API; empty: Keepa's.")


class AmazonAds(Section):
    """``[accounts.NAME.amazon_ads]``: one advertising profile."""

    enabled: bool = Field(default=True, description="false: this source is neither read nor written.")
    profile_id: Annotated[str, Field(coerce_numbers_to_str=True)] = Field(
        default="", description="The advertising profile; 'steward doctor' lists those the credentials can see."
    )
    region: Literal["auto", "NA", "EU", "FE"] = Field(
        default="auto", description="The endpoint's region; auto: the marketplace's."
    )
    client_id: SecretStr = Field(default=SecretStr(""), description="Of the Login with Amazon application.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Of the Login with Amazon application.")
    secret_since: MaybeDate = Field(
        default=None, description="The day the client_secret was made; you are told two weeks before its 180 days end."
    )
    refresh_token: SecretStr = Field(default=SecretStr(""), description="Of the seller who granted access.")
    endpoint: Address = Field(default="", description="Another address of the API, such as a sandbox's.")
    token_endpoint: Address = Field(default="", description="Another address for tokens, such as a sandbox's.")


class SellingPartner(Section):
    """``[accounts.NAME.selling_partner]``: the seller's shop."""

    enabled: bool = Field(default=True, description="false: this source is neither read nor written.")
    seller_id: str = Field(default="", description="The seller's id (merchant token), such as A2EXAMPLE.")
    region: Literal["auto", "NA", "EU", "FE"] = Field(
        default="auto", description="The endpoint's region; auto: the marketplace's."
    )
    client_id: SecretStr = Field(default=SecretStr(""), description="Of the Login with Amazon application.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Of the Login with Amazon application.")
    secret_since: MaybeDate = Field(
        default=None, description="The day the client_secret was made; you are told two weeks before its 180 days end."
    )
    refresh_token: SecretStr = Field(default=SecretStr(""), description="Of the seller who granted access.")
    endpoint: Address = Field(default="", description="Another address of the API, such as a sandbox's.")
    token_endpoint: Address = Field(default="", description="Another address for tokens, such as a sandbox's.")


class FileDrop(Section):
    """``[accounts.NAME.file_drop]``: a watched folder for exported files."""

    enabled: bool = Field(default=True, description="false: the folder is not looked at.")
    folder: str = Field(
        default="drop", min_length=1, description="What is put into it, or below it, is taken in; one per account."
    )
    mapping: tuple[FileMapping, ...] = Field(
        default=(), description="Other files of yours, column by column; they go before the kinds that are known."
    )


class Account(Section):
    """``[accounts.NAME]``: one seller account in one marketplace."""

    marketplace: str = Field(description="Its marketplace: US, UK, DE, JP, …")
    settings: SettingValues = Field(default=SettingValues(), description="What holds for everything in the account.")
    scopes: tuple[ScopedValues, ...] = Field(
        default=(), description="What holds for a part; a later and narrower one wins."
    )
    params: dict[str, dict[str, Param]] = Field(
        default_factory=dict, description="Other values for the named thresholds of a rule."
    )
    belts: Belts = Field(default=Belts(), description="Limits that differ from the general [belts].")
    approval: AccountApproval = Field(
        default=AccountApproval(), description="What differs from the general [approval]."
    )
    keepa: Keepa | None = Field(default=None, description="What Keepa tells of rivals; off unless enabled.")
    amazon_ads: AmazonAds | None = Field(default=None, description="Its advertising profile.")
    selling_partner: SellingPartner | None = Field(default=None, description="Its shop.")

    file_drop: FileDrop | None = Field(default=None, description="Its watched folder for exported files.")

    @field_validator("marketplace")
    @classmethod
    def _is_a_marketplace(cls, code: str) -> str:
        if code not in MARKETPLACES:
            raise wrong(
                _("is not a marketplace"),
                _("known: {names}").format(names=" ".join(MARKETPLACES)),
            )
        return code

    @model_validator(mode="after")
    def _region_serves_it(self) -> Account:
        region = region_of(self.marketplace)
        for name, source in (("amazon_ads", self.amazon_ads), ("selling_partner", self.selling_partner)):
            if source is None or source.region == region:
                continue
            if source.region != "auto":
                raise wrong(
                    _("the marketplace {code} is served by the region {region}").format(
                        code=self.marketplace, region=region
                    ),
                    _('leave {source}.region out, or write region = "{region}"').format(source=name, region=region),
                )
            # The model is frozen for everybody else; before it leaves its own validation, 'auto' becomes the region.
            object.__setattr__(self, name, source.model_copy(update={"region": region}))
        return self


AccountName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Config(BaseSettings):
    """The whole configuration, as loaded. Paths in it are relative to the file's folder."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    database: SecretStr = Field(
        default=SecretStr("sqlite:///steward.db"), description="The audit log: sqlite:///FILE or postgresql://…"
    )
    facts: str = Field(default="facts", min_length=1, description="Folder of the fact store.")
    rules: tuple[str, ...] = Field(
        default=("rules",), description="Folders of rules; the word shipped means those that come with Steward."
    )
    downloads: str = Field(
        default="", description="Folder for reports while they are read; empty: .downloads in the facts folder."
    )
    secrets: str = Field(default="", description="Folder with one file per secret, named by its setting; empty: none.")
    dry_run: bool = Field(default=True, description="true: everything is judged and nothing is ever sent.")
    language: Literal["auto", "en", "zh"] = Field(default="auto", description="en, zh, or that of the environment.")
    pull: Pull = Field(default=Pull(), description="How facts are brought up to date.")
    schedule: Schedule = Field(default=Schedule(), description="How often 'steward run' does what.")
    act: Act = Field(default=Act(), description="How approved changes are carried out and read back.")
    approval: Approval = Field(default=Approval(), description="Who says yes, and what may go on without being asked.")
    belts: Belts = Field(default=Belts(), description="Limits that hold for every rule.")
    audit: Audit = Field(default=Audit(), description="What proves that the audit log was not rewritten.")
    notify: Notify = Field(default=Notify(), description="Whom Steward tells, and how.")
    page: Page = Field(default=Page(), description="The review page: where it is, and who may use it.")
    log: Log = Field(default=Log(), description="What the program says about itself.")
    accounts: dict[AccountName, Account] = Field(default_factory=dict, description="The accounts Steward looks after.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """``Config(…)`` alone reads nothing behind one's back; ``load`` names its sources."""
        return (init_settings,)

    _layers: tuple[Layer, ...] = PrivateAttr(default=())
    _path: Path | None = PrivateAttr(default=None)

    @field_validator("database")
    @classmethod
    def _is_kept_on_disk(cls, given: SecretStr) -> SecretStr:
        url = given.get_secret_value()
        if re.match(r"postgresql(\+psycopg)?://.", url) or (url.startswith(_SQLITE) and _file_of(url)):
            return given
        raise wrong(_("is not the address of a database"), _("write sqlite:///FILE or postgresql://USER@HOST/NAME"))

    @field_validator("accounts")
    @classmethod
    def _names_differ(cls, accounts: dict[str, Account]) -> dict[str, Account]:
        seen: dict[str, str] = {}
        for name in accounts:
            twin = seen.setdefault(name.lower().replace("-", "_"), name)
            if twin != name:
                raise wrong(
                    _("the names '{one}' and '{other}' are too alike").format(one=twin, other=name),
                    _("folders and environment variables could not tell them apart"),
                )
        return accounts

    @field_validator("accounts")
    @classmethod
    def _folders_differ(cls, accounts: dict[str, Account]) -> dict[str, Account]:
        """A file belongs to one account: nobody else may look into its folder, nor above it."""
        watched = [(name, Path(each.file_drop.folder)) for name, each in accounts.items() if each.file_drop is not None]
        for (one, its), (other, theirs) in combinations(watched, 2):
            if its == theirs or its in theirs.parents or theirs in its.parents:
                raise wrong(
                    _("the accounts '{one}' and '{other}' watch the same folder").format(one=one, other=other),
                    _("give each its own file_drop.folder, such as drop/{name}").format(name=other),
                )
        return accounts

    @model_validator(mode="after")
    def _amounts_have_one_currency(self) -> Config:
        currencies = sorted({MARKETPLACES[account.marketplace].currency for account in self.accounts.values()})
        amounts = [name for name in AMOUNTS if getattr(self.belts, name) is not None]
        if amounts and len(currencies) > 1:
            raise wrong(
                _("belts.{name} is an amount, and the accounts use {currencies}").format(
                    name=amounts[0], currencies=", ".join(currencies)
                ),
                _("write it under each account: [accounts.NAME.belts]"),
            )
        if self.approval.second_above is not None and len(currencies) > 1:
            raise wrong(
                _("approval.second_above is an amount, and the accounts use {currencies}").format(
                    currencies=", ".join(currencies)
                ),
                _("write it under each account: [accounts.NAME.approval]"),
            )
        return self

    @property
    def path(self) -> Path | None:
        """The file that was read; None where there was none."""
        return self._path

    @property
    def layers(self) -> Sequence[Layer]:
        """What was read, the strongest first."""
        return self._layers

    def read_from(self, path: Path | None, layers: Sequence[Layer]) -> Config:
        """Remember where the values came from."""
        self._path, self._layers = path, tuple(layers)
        return self

    def path_of(self, relative: str) -> Path:
        """A path of the configuration, seen from the file's folder."""
        folder = self._path.parent if self._path is not None else Path()
        return (folder / Path(relative).expanduser()).absolute()

    def facts_folder(self) -> Path:
        return self.path_of(self.facts)

    def downloads_folder(self) -> Path:
        return self.path_of(self.downloads) if self.downloads else self.facts_folder() / ".downloads"

    def database_url(self) -> str:
        """The address as SQLAlchemy takes it, with an absolute path or the driver's name."""
        url = self.database.get_secret_value()
        if url.startswith(_SQLITE):
            query = url.partition("?")[1:]
            return _SQLITE + str(self.path_of(_file_of(url))) + "".join(query)
        return re.sub(r"^postgresql://", "postgresql+psycopg://", url)

    def limits(self, account: str) -> BeltLimits:
        """The belts' limits for an account: its own where written, the general ones elsewhere."""
        return self.accounts[account].belts.over(self.belts).limits()

    def second_above(self, account: str) -> int | None:
        """What a change may cost more before it needs a second person, in micros; None: it never does."""
        here = self.accounts[account].approval.second_above if account in self.accounts else None
        limit = here if here is not None else self.approval.second_above
        return None if limit is None else int(limit * MICROS)

    def scopes(self, account: str) -> Sequence[Scope]:
        """The operator's settings, from wide to narrow: the account's own first, then its scopes as written."""
        here = self.accounts[account]
        return (Scope("account", "*", here.settings.values()), *(each.scope() for each in here.scopes))


def _file_of(url: str) -> str:
    """The file's part of an SQLite address; empty for one that lives in memory."""
    file = url.removeprefix(_SQLITE).partition("?")[0]
    return "" if file == ":memory:" else file
