"""A small district folder with the cast, written into a temporary directory."""

from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 24, 15, 38, tzinfo=UTC)

FILES = {
    "district.toml": """\
name = "Cedar Valley Schools"
timezone = "America/Chicago"
languages = ["en", "es"]
mail_domains = ["cedarvalley.example", "students.cedarvalley.example"]
office_hours = "Mon-Fri 07:00-17:00"
phone = "(555) 555-0100"

[school_year]
first_day = 2026-08-17
last_day = 2027-05-28

[[channels]]
kind = "email"
name = "Front door"
address = "Help@CedarValley.example"

[[channels]]
kind = "email"
name = "Technology"
address = "it@cedarvalley.example"
department = "it"
""",
    "calendar.ics": """\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTART;VALUE=DATE:20261125\r
DTEND;VALUE=DATE:20261128\r
SUMMARY:Thanksgiving break\r
END:VEVENT\r
END:VCALENDAR\r
""",
    "oneroster/orgs.csv": """\
sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
cv,,,Cedar Valley Schools,district,,
lincoln,,,Lincoln High School,school,,cv
roosevelt,,,Roosevelt Middle School,school,,cv
""",
    "oneroster/users.csv": """\
sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,\
identifier,email,sms,phone,agentSourcedIds,grades,password,primaryOrgSourcedId,metadata.jobTitle,\
metadata.title,metadata.homeLanguage
g-ana,,,true,,,Ana,Flores,,,ana.flores@example.com,,(312) 555-0142,s-sam,,,lincoln,,,Spanish
s-sam,,,true,sflores,,Sam,Flores,,48817,sam.flores@students.cedarvalley.example,,,g-ana,10,,\
lincoln,,,es
t-lee,,,true,dana.lee@cedarvalley.example,,Dana,Lee,,,dana.lee@cedarvalley.example,,,,,,lincoln,\
Science teacher,Ms.,en
t-theo,,,true,,,Theo,Ramos,,,theo.ramos@cedarvalley.example,,,,,,cv,Technician,,
t-sofia,,,true,,,Sofía,Pérez-Núñez,,,sofia@private.example,,,,,,roosevelt,Teacher,,
""",
    "oneroster/roles.csv": """\
sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId
r1,,,g-ana,primary,guardian,,,lincoln
r2,,,s-sam,primary,student,,,lincoln
r3,,,t-lee,primary,teacher,,,lincoln
r4,,,t-theo,primary,systemAdministrator,,,cv
r5,,,t-sofia,primary,teacher,,,roosevelt
""",
    "oneroster/classes.csv": """\
sourcedId,status,dateLastModified,title,location,schoolSourcedId
c1,,,Biology,Room 214,lincoln
""",
    "oneroster/enrollments.csv": """\
sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role
e1,,,c1,lincoln,t-lee,teacher
e2,,,c1,lincoln,s-sam,student
""",
    "places.csv": """\
id,name,kind,parent,org,aliases
lincoln-b,Lincoln High School,building,,lincoln,Lincoln|800 Oak St
lincoln-214,Room 214,room,lincoln-b,lincoln,B214|science lab
roosevelt-214,Room 214,room,,roosevelt,
stop-42-2,Pine St & 6th Ave,stop,,cv,Pine and 6th|Route 42
""",
    "assets.csv": """\
tag,serial,kind,model,org,place,person
PJ-0214,X1Y2Z3,projector,Epson L210,lincoln,lincoln-214,
0048817,SN-77,chromebook,Lenovo 300e,lincoln,,s-sam
BUS-42,VIN42,bus,Blue Bird,cv,,
""",
    "departments.yaml": """\
- id: it
  name: Technology
  hours: Mon-Fri 06:30-16:30
  teams:
    - id: it.classroom
      name: Classroom IT
      email: classroom@cedarvalley.example
      members: [t-theo]
    - id: it.desk
      name: Service desk
      hours: Mon-Fri 07:00-15:00
      members: [theo.ramos@cedarvalley.example]
      leads: [t-theo]
""",
    "services.yaml": """\
- id: it.projector
  name: Projector, display or sound
  department: it
  team: it.classroom
  audiences: [staff]
  sensitivity: internal
  default_priority: 3
  required_context: [room]
  raise_priority_if:
    - class in progress
  auto_answer: no
  first_response_hours: 2
  resolve_hours: 16
  like: it.projector_av
  context_fields: {room: {label: Room, type: room, source: roster}}
  examples:
    - {lang: en, text: Projector in 214 is dead again}
- id: it.password
  name: Password reset
  team: it.desk
  audiences: [student, family, staff]
  auto_answer: yes
  colour: blue
""",
}


def write(folder: Path, **changes: str | bytes | None) -> Path:
    """The folder, less the files given as None; keys are file names with `/` as `__`, no ending."""
    replaced = {name.replace("__", "/"): content for name, content in changes.items()}
    for name, text in FILES.items():
        content = replaced.get(name.rpartition(".")[0], text)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(content, str):
            path.write_bytes(content.encode())
        elif content is not None:
            path.write_bytes(content)
    return folder
