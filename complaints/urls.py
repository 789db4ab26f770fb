"""Addresses of the public pages of cases (contract: docs/architecture.md)."""

from django.urls import include, path

from complaints.views import answers, calendar, commitments, filing, interface, own_data, tracking

app_name = "complaints"

urlpatterns = [
    path("complaints/new/", filing.new_case, name="new"),
    path("complaints/new/received/", filing.receipt, name="receipt"),
    path("open311/", include("complaints.open311.urls")),
    path("complaints/answers/", answers.answer_list, name="answers"),
    path("complaints/answers/<slug:slug>/", answers.answer, name="answer"),
    path("commitments/", commitments.commitment_list, name="commitments"),
    path("commitments/<slug:code>/", commitments.commitment, name="commitment"),
    path("calendar/<slug:secret>/due.ics", calendar.due, name="calendar"),
    path("api/v1/docs", interface.interface, name="interface"),
    path("complaints/track/", tracking.track, name="track"),
    path("complaints/track/leave/", tracking.leave, name="leave"),
    path("complaints/track/<str:number>/", tracking.case_page, name="case"),
    path("complaints/track/<str:number>/evaluate/", tracking.evaluate, name="evaluate"),
    path("complaints/track/<str:number>/supplement/", tracking.supplement, name="supplement"),
    path("complaints/track/<str:number>/material/", tracking.material, name="material"),
    path("complaints/track/<str:number>/question/", tracking.question, name="question"),
    path("complaints/track/<str:number>/review/", tracking.review, name="review"),
    path("complaints/track/<str:number>/withdraw/", tracking.withdraw, name="withdraw"),
    path("complaints/track/<str:number>/urge/", tracking.urge, name="urge"),
    path("complaints/track/<str:number>/own-data/", own_data.overview, name="own_data"),
    path("complaints/track/<str:number>/own-data/contact/", own_data.contact, name="own_contact"),
    path("complaints/track/<str:number>/own-data/hide/", own_data.hide, name="own_hide"),
    path("complaints/track/<str:number>/own-data/erase/", own_data.erasure, name="own_erasure"),
    path("complaints/track/<str:number>/reply/<int:file>/", tracking.reply_file, name="reply_file"),
    path("complaints/track/<str:number>/files/<int:position>/", tracking.attachment, name="attachment"),
]
